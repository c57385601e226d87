/** The shift's report: what is open and whose, what happened; signed by who leaves and by who comes. */
import type { VNode } from "preact";
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { Refused } from "../api.ts";
import { noteIn, written } from "../desk/Modal.tsx";
import { loadPeople, people } from "../desk/protocol.ts";
import { useFetched } from "../desk/resource.ts";
import { me } from "../queue/book.ts";
import { instant, now } from "../time.ts";
import { fill, why, words } from "../words/index.ts";
import { Paper } from "./Paper.tsx";
import * as reports from "./reports.ts";

const SHIFT_MS = 8 * 3_600_000;
/** Which report is read; null is the draft of the shift that ends. */
const read = signal<number | null>(null);
const revision = signal(0);

export function Handover(): VNode {
  const { handover, detail } = words();
  useEffect(() => void loadPeople(), []);
  const [since, begin] = useState(() => local(now.peek() - SHIFT_MS));
  const key = read.value === null ? `draft ${since}` : String(read.value);
  const fetchIt = (): Promise<reports.Report> =>
    read.value === null ? reports.draft(new Date(since).toISOString()) : reports.handover(read.value);
  const { value, failure } = useFetched(key, revision.value, fetchIt);
  return (
    <main class="sheet-page handover">
      <header>
        <h1>{handover.title}</h1>
        <label>
          {handover.since}{" "}
          <input
            type="datetime-local"
            value={since}
            required
            onChange={(event) =>
              event.currentTarget.value && (begin(event.currentTarget.value), (read.value = null))
            }
          />
        </label>
        <Earlier />
        <button type="button" onClick={() => print()}>
          {handover.print}
        </button>
      </header>
      {failure && <p class="faint">{fill(detail.failed, why(failure))}</p>}
      {!value && !failure && <p class="faint">{detail.loading}</p>}
      {value && !value.signed && <SignOut since={value.since} />}
      {value && value.signed && <Signatures report={value} />}
      {value && <Paper report={value} />}
    </main>
  );
}

/** The instant as a field of date and time takes it: in the reader's zone. */
function local(at: number): string {
  const shifted = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

function Earlier(): VNode {
  const { handover } = words();
  const { value } = useFetched("handovers", revision.value, reports.handovers);
  return (
    <select
      aria-label={handover.earlier}
      value={read.value ?? ""}
      onChange={(event) =>
        (read.value = event.currentTarget.value ? Number(event.currentTarget.value) : null)
      }
    >
      <option value="">{handover.draft}</option>
      {(value ?? []).map(({ id, until, signed }) => (
        <option key={id} value={id}>
          {fill(handover.report, id)}, {instant(until)}, {signed.map(({ by }) => by).join(" → ")}
        </option>
      ))}
    </select>
  );
}

/** Send it; what comes back is shown, a refusal told. */
async function sent(sending: Promise<reports.Report>, refuse: (why: string) => void): Promise<void> {
  try {
    const report = await sending;
    read.value = report.id ?? null;
    revision.value += 1;
  } catch (failure) {
    if (!(failure instanceof Refused)) throw failure;
    refuse(failure.status === 0 ? words().action.offline : why(failure));
  }
}

function SignOut({ since }: { since: string }): VNode {
  const { handover } = words();
  const [refusal, refuse] = useState("");
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    void sent(reports.write(since, written(form, "note"), written(form, "to") || null), refuse);
  };
  return (
    <form class="sign" onSubmit={submit}>
      <label class="field">
        {handover.note}
        <textarea name="note" rows={4} maxLength={8000} />
      </label>
      <label>
        {handover.to}{" "}
        <select name="to" aria-label={handover.to}>
          <option value="">{handover.anyone}</option>
          {people.value
            .filter(({ name }) => name !== me.value)
            .map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
        </select>
      </label>
      <button type="submit" class="primary">
        {handover.sign}
      </button>
      {refusal && <p class="notice refusal">{refusal}</p>}
    </form>
  );
}

function Signatures({ report }: { report: reports.Report }): VNode {
  const { handover } = words();
  const [refusal, refuse] = useState("");
  const signed = report.signed ?? [];
  const isWaiting = signed.length < 2;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    void sent(reports.sign(report.id!, noteIn(form).note ?? ""), refuse);
  };
  return (
    <>
      <ul class="signatures">
        {signed.map((one) => (
          <li key={one.by}>
            {fill(
              handover.signed,
              one.by,
              instant(one.at),
              one.as === "incoming" ? handover.incoming : handover.outgoing,
            )}
            {one.note && <q>{one.note}</q>}
          </li>
        ))}
      </ul>
      {isWaiting && signed[0]?.by !== me.value && (
        <form class="sign" onSubmit={submit}>
          <button type="submit" class="primary">
            {handover.take}
          </button>
        </form>
      )}
      {isWaiting && signed[0]?.by === me.value && <p class="faint">{handover.waits}</p>}
      {refusal && <p class="notice refusal">{refusal}</p>}
    </>
  );
}
