/** A trial on history, which takes its time elsewhere: asked for, followed, and stopped where one wishes. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Refused } from "../api.ts";
import { fill } from "../words/index.ts";
import * as api from "./api.ts";
import { isUnheard } from "./connection.ts";
import { asRefused } from "./loaded.ts";
import type { Progress, Trial, TrialAsked } from "./model.ts";
import { Refusal } from "./Refusal.tsx";
import { inWords, text } from "./words.ts";

const ASK_AGAIN_MS = 700;

export interface Trying {
  readonly trial: Trial | null;
  readonly failure: Refused | null;
  readonly isSending: boolean;
  readonly start: (asked: () => Promise<TrialAsked>) => void;
  readonly stop: () => void;
}

export function useTrial(): Trying {
  const [trial, keep] = useState<Trial | null>(null);
  const [failure, fail] = useState<Refused | null>(null);
  const [isSending, setSending] = useState(false);
  const isUnderWay = trial !== null && (trial.state === "waiting" || trial.state === "running");
  useEffect(() => {
    if (!isUnderWay) return undefined;
    let isWanted = true; // an answer about a trial that another has followed is none
    const told = (now: Trial): void => void (isWanted && keep(now));
    // A trial goes on while nobody hears of it: only a refusal ends it for the page.
    const refused = (refusal: unknown): void => {
      if (isUnheard(asRefused(refusal))) told({ ...trial });
      else if (isWanted) (fail(asRefused(refusal)), keep(null));
    };
    const timer = setTimeout(() => void api.trial(trial.id).then(told, refused), ASK_AGAIN_MS);
    return () => ((isWanted = false), clearTimeout(timer));
  }, [trial]);
  const start = (asked: () => Promise<TrialAsked>): void => {
    setSending(true);
    fail(null);
    keep(null);
    void asked()
      .then(api.tryOut)
      .then(keep, (refusal: unknown) => fail(asRefused(refusal)))
      .finally(() => setSending(false));
  };
  const stop = (): void => {
    if (trial)
      void api.cancel(trial.id).then(
        () => keep({ ...trial, state: "cancelled" }),
        () => null,
      );
  };
  return { trial, failure, isSending, start, stop };
}

/** How far it is, with a way to stop it; what came of it where that is nothing. */
export function TrialState({ trying }: { trying: Trying }): VNode | null {
  const { trial, failure, isSending, stop } = trying;
  const { trials } = text();
  if (failure) return <Refusal of={failure} />;
  if (isSending) return <p role="status">{trials.sending}</p>;
  if (trial === null || trial.state === "done") return null;
  if (trial.state === "cancelled") return <p role="status">{trials.cancelled}</p>;
  if (trial.state === "failed")
    return (
      <div class="notice refusal" role="alert">
        <p>{trials.failed}</p>
        <ul>
          {inWords(trial.reasons, trial.reason_codes).map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      </div>
    );
  const { progress } = trial;
  const part = progress ? (trials.part[progress.part] ?? progress.part) : trials.waiting;
  return (
    <p class="progress">
      <label>
        {part} {progress ? <Bar {...progress} /> : <progress />}
      </label>{" "}
      {progress && <span class="number">{far(progress)}</span>}
      <button type="button" onClick={stop}>
        {trials.stop}
      </button>
    </p>
  );
}

function Bar({ share, done, total }: Progress): VNode {
  return share === null ? (
    <progress max={Math.max(total, 1)} value={done} />
  ) : (
    <progress max={1} value={share} />
  );
}

/** In words: what is done, of the whole, and when the rest will be. */
function far({ done, total, share, left_s }: Progress): string {
  const { trials } = text();
  if (share === null) return fill(trials.done, done, total);
  const said = fill(trials.share, done, total, Math.floor(share * 100));
  if (left_s === null) return said;
  return `${said}; ${left_s < 60 ? trials.soon : fill(trials.left, Math.round(left_s / 60))}`;
}
