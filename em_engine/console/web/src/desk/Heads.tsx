/** The names of a table's columns. */
import type { VNode } from "preact";

export function Heads({ of }: { of: readonly string[] }): VNode {
  return (
    <thead>
      <tr>
        {of.map((name) => (
          <th key={name} scope="col">
            {name}
          </th>
        ))}
      </tr>
    </thead>
  );
}
