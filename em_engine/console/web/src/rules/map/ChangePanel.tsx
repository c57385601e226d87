/** Changes of a whole zone by numbers: wider, simpler, joined with another; a ring round it. */
import type { VNode } from "preact";
import { NameField, OFFERED_MAX } from "../NameField.tsx";
import type { Bench } from "./bench.ts";
import * as deeds from "./deeds.ts";
import { titleOf, zoneIn, type Zone } from "./drawing.ts";
import { zoneWords } from "./words.ts";

export function ChangePanel({ bench, zone }: { bench: Bench; zone: Zone }): VNode {
  const text = zoneWords();
  const others = bench.drawing.value.filter(({ id }) => id !== zone.id);
  const isBusy = bench.isBusy.value;
  const of = (form: FormData, name: string): number => Number(form.get(name));
  return (
    <details class="changes">
      <summary>{text.change}</summary>
      <Form does={text.widen} isBusy={isBusy} act={(form) => deeds.widen(bench, zone, of(form, "by_m"))}>
        <Field name="by_m" label={text.widenBy} value={50} least={-100_000} />
      </Form>
      {zone.outline.radius_m === null && (
        <Form
          does={text.simplify}
          isBusy={isBusy}
          act={(form) => deeds.simplify(bench, zone, of(form, "by_m"))}
        >
          <Field name="by_m" label={text.simplifyBy} value={5} least={0.1} />
        </Form>
      )}
      <Form
        does={text.makeRing}
        isBusy={isBusy}
        act={(form) => deeds.ring(bench, zone, of(form, "minutes"), of(form, "speed"))}
      >
        <Field name="minutes" label={text.minutes} value={6} least={0.1} />
        <Field name="speed" label={text.speed} value={50} least={0.1} />
      </Form>
      <Form
        does={text.join}
        isBusy={isBusy || others.length === 0}
        act={(form) => {
          const other = zoneIn(bench.drawing.value, String(form.get("other")));
          return other ? deeds.join(bench, zone, other) : Promise.resolve();
        }}
      >
        <label class="field">
          {text.joinWith}
          <Others of={others} />
        </label>
      </Form>
    </details>
  );
}

/** One of the other zones; of thousands a field offers what fits what is typed. */
function Others({ of: others }: { of: readonly Zone[] }): VNode {
  if (others.length > OFFERED_MAX) return <NameField name="other" names={others.map(({ id }) => id)} />;
  return (
    <select name="other">
      {others.map((other) => (
        <option key={other.id} value={other.id}>
          {titleOf(other)}
        </option>
      ))}
    </select>
  );
}

interface FormAsked {
  readonly does: string;
  readonly isBusy: boolean;
  readonly act: (form: FormData) => Promise<void>;
  readonly children: VNode | readonly VNode[];
}

function Form({ does, isBusy, act, children }: FormAsked): VNode {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!isBusy) void act(new FormData(event.currentTarget as HTMLFormElement));
  };
  return (
    <form onSubmit={submit}>
      {children as VNode}
      <button type="submit" aria-disabled={isBusy}>
        {does}
      </button>
    </form>
  );
}

interface FieldAsked {
  readonly name: string;
  readonly label: string;
  readonly value: number;
  readonly least: number;
}

function Field({ name, label, value, least }: FieldAsked): VNode {
  return (
    <label class="field">
      {label}
      <input type="number" name={name} min={least} step="any" defaultValue={String(value)} required />
    </label>
  );
}
