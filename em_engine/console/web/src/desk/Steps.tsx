/** What the protocol says to do, in its order, each with a check-off that tells who did it and when. */
import type { VNode } from "preact";
import type { Alert, Step } from "../model.ts";
import { busy, perform } from "../queue/actions.ts";
import { shortInstant } from "../time.ts";
import { fill, language, words } from "../words/index.ts";
import { useProtocol } from "./protocol.ts";

export function Steps({ alert }: { alert: Alert }): VNode | null {
  const { steps } = words();
  const protocol = useProtocol(alert);
  if (!protocol || protocol.steps.length === 0) return null;
  const done = protocol.steps.filter(({ done_at }) => done_at !== null).length;
  return (
    <>
      <h3>
        {steps.title} <small>{fill(steps.count, done, protocol.steps.length)}</small>
      </h3>
      <ol class="steps">
        {protocol.steps.map((step) => (
          <OneStep key={step.index} alert={alert} step={step} />
        ))}
      </ol>
    </>
  );
}

function OneStep({ alert, step }: { alert: Alert; step: Step }): VNode {
  const { steps } = words();
  const isDone = step.done_at !== null;
  return (
    <li class={isDone ? "done" : ""}>
      <label>
        <input
          type="checkbox"
          checked={isDone}
          disabled={busy.value || alert.state === "closed"}
          onChange={() => void perform(alert, { kind: "step", index: step.index, done: !isDone })}
        />
        <span>{step[language.value]}</span>
      </label>
      {isDone && <small>{fill(steps.done, step.done_by ?? "–", shortInstant(step.done_at!))}</small>}
    </li>
  );
}
