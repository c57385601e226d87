/**
 * Server-sent events, read from a byte stream by ourselves: EventSource tells neither silence nor refusals.
 */

export interface ServerEvent {
  readonly id: string | null;
  readonly name: string;
  readonly data: string;
}

/** Takes text as it arrives and answers the events it completes. */
export class EventReader {
  private rest = "";

  take(text: string): ServerEvent[] {
    const blocks = (this.rest + text).replaceAll("\r\n", "\n").split("\n\n");
    this.rest = blocks.pop() ?? "";
    return blocks.map(parse).filter((event) => event !== null);
  }
}

function parse(block: string): ServerEvent | null {
  let id: string | null = null;
  let name = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const [field, value] = divide(line);
    if (field === "id") id = value;
    else if (field === "event") name = value;
    else if (field === "data") data.push(value);
  }
  return data.length > 0 ? { id, name, data: data.join("\n") } : null;
}

function divide(line: string): readonly [field: string, value: string] {
  const colon = line.indexOf(":");
  if (colon < 0) return [line, ""];
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
}
