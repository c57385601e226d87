/** One of several, each in words, the first of them chosen where that costs nothing. */
import type { VNode } from "preact";

export interface Choice {
  readonly value: string;
  readonly text: string;
}

interface Asked {
  readonly legend: string;
  readonly name: string;
  readonly choices: readonly Choice[];
  readonly empty: string;
  readonly first?: boolean;
  readonly choose?: (value: string) => void;
}

export function Choices({ legend, name, choices, empty, first = false, choose }: Asked): VNode {
  return (
    <fieldset>
      <legend>{legend}</legend>
      {choices.length === 0 && <p class="faint">{empty}</p>}
      {choices.map(({ value, text }, index) => (
        <label key={value} class="choice">
          <input
            type="radio"
            name={name}
            value={value}
            required
            autofocus={index === 0}
            defaultChecked={first && index === 0}
            onChange={() => choose?.(value)}
          />{" "}
          {text}
        </label>
      ))}
    </fieldset>
  );
}
