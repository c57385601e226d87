/** One name of thousands: a field that offers what fits what is typed. A list of them all takes a second. */
import type { VNode } from "preact";
import { useId, useState } from "preact/hooks";

/** Up to so many a list to choose from shows them all. */
export const OFFERED_MAX = 300;
const SHOWN_MAX = 50;

interface Asked {
  readonly names: readonly string[];
  readonly name?: string;
  readonly label?: string;
  readonly placeholder?: string;
  readonly first?: string;
  /** What was typed is one of the names. */
  readonly choose?: (name: string) => void;
}

export function NameField({ names, name, label, placeholder, first = "", choose }: Asked): VNode {
  const [typed, type] = useState(first);
  const list = useId();
  const wanted = typed.toLocaleLowerCase();
  const fitting = names.filter((one) => one.toLocaleLowerCase().includes(wanted)).slice(0, SHOWN_MAX);
  const take = (now: string): void => {
    type(now);
    if (now !== first && names.includes(now)) choose?.(now);
  };
  return (
    <>
      <input
        name={name}
        list={list}
        aria-label={label}
        placeholder={placeholder}
        spellcheck={false}
        value={typed}
        onInput={(event) => take(event.currentTarget.value)}
      />
      <datalist id={list}>
        {fitting.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </>
  );
}
