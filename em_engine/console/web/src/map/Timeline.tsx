/** What happened when, on one line with a slider: the breach, the fixes, what people did; the way again. */
import type { VNode } from "preact";
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { entriesOf } from "../desk/history.ts";
import { personIn, type Alert, type Entry, type Features } from "../model.ts";
import { clockTime, now } from "../time.ts";
import { fill, words } from "../words/index.ts";
import { spanOf } from "./playback.ts";

const SPEEDS = [10, 60, 300] as const;
const FRAME_MS = 100;
const WIDTH = 1000;

/** The moment looked at, in milliseconds; null is now. */
export const moment = signal<number | null>(null);

interface Line {
  readonly from: number;
  readonly to: number;
}

export function Timeline({ alert, features }: { alert: Alert; features: Features | null }): VNode | null {
  const { timeline } = words();
  const entries = entriesOf(alert.id);
  const span = features && spanOf(features);
  useEffect(() => () => void (moment.value = null), [alert.id]);
  const line = lineOf(alert, span, entries);
  const at = moment.value ?? line.to;
  return (
    <div class="timeline" role="group" aria-label={timeline.title}>
      <Player line={line} isOff={span === null} />
      <div class="track">
        <Marks alert={alert} features={features} entries={entries} line={line} />
        <input
          type="range"
          aria-label={timeline.slider}
          aria-valuetext={clockTime(at)}
          min={line.from}
          max={line.to}
          step={1000}
          value={at}
          disabled={span === null}
          onInput={(event) => goTo(Number(event.currentTarget.value), line)}
        />
        <span class="ends">
          <span>{clockTime(line.from)}</span>
          <b>{moment.value === null ? timeline.live : clockTime(at)}</b>
          <span>{clockTime(line.to)}</span>
        </span>
      </div>
    </div>
  );
}

/** From the first thing known of it to the last, at least a minute. */
function lineOf(alert: Alert, span: Line | null, entries: readonly Entry[]): Line {
  const opened = Date.parse(alert.opened_at);
  const last = entries.map(({ at }) => Date.parse(at));
  const from = Math.min(opened, span?.from ?? opened);
  return { from, to: Math.max(from + 60_000, span?.to ?? opened, ...last) };
}

// The thumb moves in whole seconds: the last of them is now.
function goTo(at: number, line: Line): void {
  moment.value = at >= line.to - 999 ? null : at;
}

function Player({ line, isOff }: { line: Line; isOff: boolean }): VNode {
  const { timeline } = words();
  const [isPlaying, play] = useState(false);
  const [speed, setSpeed] = useState<number>(60);
  useEffect(() => {
    if (!isPlaying) return undefined;
    if (moment.value === null) moment.value = line.from;
    const timer = setInterval(() => {
      goTo((moment.value ?? line.to) + speed * FRAME_MS, line);
      if (moment.value === null) play(false);
    }, FRAME_MS);
    return () => clearInterval(timer);
  }, [isPlaying, speed, line.to]);
  return (
    <>
      <button
        type="button"
        disabled={isOff}
        aria-label={isPlaying ? timeline.pause : timeline.play}
        title={isOff ? timeline.none : isPlaying ? timeline.pause : timeline.play}
        onClick={() => play(!isPlaying)}
      >
        {isPlaying ? "❚❚" : "▶"}
      </button>
      <select
        aria-label={fill(timeline.speed, speed)}
        value={speed}
        onChange={(event) => setSpeed(Number(event.currentTarget.value))}
      >
        {SPEEDS.map((own) => (
          <option key={own} value={own}>
            {own}×
          </option>
        ))}
      </select>
    </>
  );
}

interface Marked {
  readonly alert: Alert;
  readonly features: Features | null;
  readonly entries: readonly Entry[];
  readonly line: Line;
}

/** For the eye: everything marked here stands in words among the facts and in the history. */
function Marks({ alert, features, entries, line }: Marked): VNode {
  const across = (at: string | number): number =>
    (WIDTH * (new Date(at).getTime() - line.from)) / (line.to - line.from);
  const end = Math.min(WIDTH, across(alert.cleared_at ?? now.peek()));
  const fixes = (features?.features ?? []).filter(({ properties }) => properties?.["fixed_at"]);
  return (
    <svg viewBox={`0 0 ${WIDTH} 24`} preserveAspectRatio="none" aria-hidden="true" class={alert.severity}>
      <rect
        class="breach"
        x={across(alert.opened_at)}
        width={Math.max(3, end - across(alert.opened_at))}
        y="9"
        height="6"
      />
      {fixes.map(({ properties }, index) => (
        <rect
          key={index}
          class={properties?.["role"] === "fix" ? "fix" : "other"}
          x={across(String(properties?.["fixed_at"])) - 1}
          width="2"
          y={properties?.["role"] === "fix" ? 16 : 19}
          height="4"
        />
      ))}
      {entries.map((entry) => (
        <rect
          key={entry.number}
          class={personIn(entry.by) ? "person" : "engine"}
          x={across(entry.at) - 1.5}
          width="3"
          y="1"
          height="8"
        />
      ))}
    </svg>
  );
}
