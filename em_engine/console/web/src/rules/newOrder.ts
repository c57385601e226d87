/** The first text of an order, in the words of `rules/README.md`: sound as it stands. */

export interface NewOrder {
  readonly order: string;
  readonly programme: string;
  readonly wearer: string;
  readonly device: string;
  /** Where the wearer is to be at night; empty: nothing is demanded of where he is. */
  readonly zone: string;
  /** Where the wearer must not go; empty: nowhere is forbidden. */
  readonly forbidden: string;
}

/** From so far somebody who comes near is told of. */
const RING_M = 200;

export function orderText({ order, programme, wearer, device, zone, forbidden }: NewOrder): string {
  const keepOut =
    forbidden === ""
      ? ""
      : `  - {id: keep-out, kind: exclusion, zone: ${scalar(forbidden)}, buffer_m: ${RING_M}}\n`;
  const nights =
    zone === ""
      ? ""
      : `  - id: nights\n    kind: curfew\n    zone: ${scalar(zone)}\n    weekly: ["daily 21:00-06:00"]\n`;
  return `order: ${scalar(order)}
programme: ${programme}
time_zone: Europe/Oslo
wearer: {id: ${scalar(wearer)}, devices: [${scalar(device)}]}
conditions:
${nights}${keepOut}  - {id: alive, kind: device-health, heartbeat_every: PT15M, fix_every: PT30M}
`;
}

/** Bare where YAML reads it as the text it is; quoted where it would be a number, a date or a mark. */
export function scalar(text: string): string {
  const isPlain =
    /^[A-Za-zÆØÅæøå][\wÆØÅæøå-]*$/.test(text) && !/^(true|false|null|yes|no|on|off)$/i.test(text);
  return isPlain ? text : JSON.stringify(text);
}
