/** One of several, as a list that opens; its label is said, and shown where there is room. */
import type { VNode } from "preact";

interface Asked<T extends string> {
  readonly label: string;
  readonly options: readonly T[];
  readonly chosen: T;
  readonly name: (option: T) => string;
  readonly choose: (option: T) => void;
}

export function Select<T extends string>({ label, options, chosen, name, choose }: Asked<T>): VNode {
  return (
    <select
      aria-label={label}
      title={label}
      value={chosen}
      onChange={(event) => choose(event.currentTarget.value as T)}
    >
      {options.map((option) => (
        <option key={option} value={option}>
          {name(option)}
        </option>
      ))}
    </select>
  );
}
