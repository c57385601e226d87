/** What went wrong on the way in: messages that could not be read, holes in what the tags sent. */
import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import * as api from "../api.ts";
import { instant } from "../time.ts";
import { fill, why, words } from "../words/index.ts";
import { useModal } from "./Modal.tsx";
import { showing } from "./Bar.tsx";
import { useFetched } from "./resource.ts";
import { Heads } from "./Heads.tsx";

type Row = Readonly<Record<string, unknown>>;

export function Records({ of }: { of: "quarantine" | "holes" }): VNode {
  const { bar, detail } = words();
  const dialog = useRef<HTMLDialogElement>(null);
  const { value, failure } = useFetched(of, 0, of === "quarantine" ? api.quarantine : api.holes);
  useModal(dialog);
  return (
    <dialog
      ref={dialog}
      class="records"
      aria-labelledby="records-title"
      onClose={() => (showing.value = null)}
    >
      <h2 id="records-title">{of === "quarantine" ? bar.quarantineTitle : bar.holesTitle}</h2>
      {failure && <p>{fill(detail.failed, why(failure))}</p>}
      {value !== null && <Table rows={rowsOf(value)} />}
      <div class="buttons">
        <button type="button" class="primary" onClick={() => dialog.current?.close()}>
          {bar.dismiss}
        </button>
      </div>
    </dialog>
  );
}

function Table({ rows }: { rows: readonly Row[] }): VNode {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  if (rows.length === 0) return <p class="faint">{words().bar.nothing}</p>;
  return (
    <div class="scrolled" tabIndex={0} role="group" aria-labelledby="records-title">
      <table>
        <Heads of={columns.map((column) => column.replaceAll("_", " "))} />
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {columns.map((column) => (
                <td key={column}>{cell(column, row[column])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function cell(column: string, value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "string" && column.endsWith("_at")) return instant(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The rows, whether they are sent bare or under a name. */
function rowsOf(reply: unknown): readonly Row[] {
  if (Array.isArray(reply)) return reply as Row[];
  return (Object.values(reply as Record<string, unknown>).find(Array.isArray) as Row[] | undefined) ?? [];
}
