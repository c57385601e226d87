/** Seven days side by side, each window where it is in force: by eye, by keyboard and in words. */
import type { VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import { fill, language } from "../words/index.ts";
import type { Block, Day } from "./calendar.ts";
import { STEP_MIN, dragged, partsOn, stepped, swept, type Grip } from "./dragging.ts";
import type { Away, ConditionWeek, OrderWeek } from "./model.ts";
import { DAY_MIN, clock, write, type Weekly } from "./weekly.ts";
import { text } from "./words.ts";

interface Shown {
  readonly days: readonly Day[];
  readonly week: OrderWeek;
  readonly chosen: Block | null;
  readonly choose: (block: Block) => void;
  /** Days to the week that is to be shown next. */
  readonly move: (days: number) => void;
  /** The weekly window a block comes from; null where it may not be changed, or was written elsewhere. */
  readonly windowOf: (block: Block) => Weekly | null;
  /** What a window is to become; one that is drawn comes from no block. */
  readonly change: (block: Block | null, next: Weekly) => void;
  /** Windows changed and not yet saved: the calendar shows what applies, and these as outlines. */
  readonly proposed: readonly Weekly[];
  readonly canDraw: boolean;
}

/** A window in hand: where it was taken hold of, and what it has become. */
interface InHand {
  readonly block: Block | null;
  readonly window: Weekly | null;
  readonly grip: Grip;
  readonly day: number;
  readonly minute: number;
  readonly next: Weekly | null;
}

const EDGE_PX = 7;
const HOURS = [0, 3, 6, 9, 12, 15, 18, 21, 24];

export function WeekGrid({ days, week, chosen, choose, move, ...hand }: Shown): VNode {
  const [held, hold] = useState<InHand | null>(null);
  const grid = useRef<HTMLDivElement>(null);
  const lanes = week.conditions.filter(({ always }) => !always).map(({ id }) => id);
  const reached = days.flatMap(({ blocks }) => blocks.filter(isReached));
  const first = reached.find(({ id }) => id === chosen?.id) ?? reached[0];
  const onKeyDown = (event: KeyboardEvent): void => {
    const page = { PageDown: 7, PageUp: -7 }[event.key];
    if (page !== undefined) return (event.preventDefault(), move(page));
    const block = reached.find(({ id }) => id === focused());
    const next = block && event.altKey ? byKey(hand.windowOf(block), event) : null;
    if (block && next) return (event.preventDefault(), choose(block), hand.change(block, next));
    if (event.altKey) return;
    const beside = neighbour(days, first, event.key);
    if (!beside) return;
    event.preventDefault();
    grid.current?.querySelector<HTMLElement>(`[data-block="${CSS.escape(beside.id)}"]`)?.focus();
  };
  const take = (event: PointerEvent, day: number): void => {
    if (event.button !== 0) return;
    const button = (event.target as Element).closest<HTMLElement>("[data-block]");
    const block = days[day]!.blocks.find(({ id }) => id === button?.dataset["block"]) ?? null;
    const window = block && hand.windowOf(block);
    if (block ? window === null : !hand.canDraw) return;
    const grip = block && button ? gripOf(event, button, block) : "whole";
    hold({ block, window, grip, day, minute: timeAt(event), next: null });
  };
  const drag = (event: PointerEvent): void => {
    if (held === null) return;
    const column = event.currentTarget as HTMLElement;
    const next = movedTo(held, timeAt(event), dayAt(grid.current, event));
    if (next !== null) column.setPointerCapture(event.pointerId);
    hold({ ...held, next });
  };
  const drop = (): void => {
    if (held?.next) (held.block && choose(held.block), hand.change(held.block, held.next));
    hold(null);
  };
  const outlines = held?.next ? [...hand.proposed, held.next] : hand.proposed;
  return (
    <div class="week-grid" role="group" aria-label={text().week.label} ref={grid} onKeyDown={onKeyDown}>
      <Hours />
      {days.map((day, column) => (
        <section key={day.date} class="day" aria-label={dayName(day, "long")}>
          <DayHead day={day} />
          <div
            class={hand.canDraw ? "hours drawable" : "hours"}
            onPointerDown={(event) => take(event, column)}
            onPointerMove={drag}
            onPointerUp={drop}
            onPointerCancel={() => hold(null)}
          >
            {day.clockChange !== 0 && <span class={day.clockChange > 0 ? "clock spring" : "clock autumn"} />}
            {day.blocks.map((block) => (
              <BlockOf
                key={block.id}
                block={block}
                day={day}
                lane={lanes.indexOf(block.condition)}
                lanes={lanes.length}
                isFirst={block === first}
                isChosen={block.id === chosen?.id}
                choose={choose}
              />
            ))}
            {outlines.flatMap((window, number) =>
              partsOn(window, column).map(([start, end]) => (
                <Outline key={`${number} ${start}`} start={start} end={end} />
              )),
            )}
          </div>
        </section>
      ))}
      <Always conditions={week.conditions.filter(({ always }) => always)} />
    </div>
  );
}

/** Alt and the arrows move a window, with Shift its end alone: a quarter of an hour at a time. */
function byKey(window: Weekly | null, { key, shiftKey }: KeyboardEvent): Weekly | null {
  const by = { ArrowUp: -STEP_MIN, ArrowDown: STEP_MIN }[key];
  const days = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (window === null || (by === undefined && days === undefined)) return null;
  return dragged(window, shiftKey ? "end" : "whole", by ?? 0, days);
}

function gripOf(event: PointerEvent, button: HTMLElement, block: Block): Grip {
  const { top, bottom } = button.getBoundingClientRect();
  if (block.isFirst && event.clientY - top < EDGE_PX) return "start";
  return block.end < DAY_MIN && bottom - event.clientY < EDGE_PX ? "end" : "whole";
}

/** The minute of the day under the pointer, whatever of the column it is over. */
function timeAt(event: PointerEvent): number {
  const { top, height } = (event.currentTarget as HTMLElement).getBoundingClientRect();
  return ((event.clientY - top) / height) * DAY_MIN;
}

function dayAt(grid: HTMLElement | null, { clientX }: PointerEvent): number {
  const columns = [...(grid?.querySelectorAll(".hours") ?? [])].map((one) => one.getBoundingClientRect());
  return Math.max(
    columns.findLastIndex(({ left }) => left <= clientX),
    0,
  );
}

/** What the window in hand becomes there; null while it is where it was. */
function movedTo({ window, grip, day, minute }: InHand, there: number, column: number): Weekly | null {
  if (window === null) return swept(day, stepped(minute), stepped(there));
  const [by, days] = [stepped(there - minute), column - day];
  const next = dragged(window, grip, by, days);
  return write(next) === write(window) ? null : next;
}

function Outline({ start, end }: { start: number; end: number }): VNode {
  const style = { top: `${(start / DAY_MIN) * 100}%`, height: `${((end - start) / DAY_MIN) * 100}%` };
  return (
    <span class="block outline" style={style} aria-hidden="true">
      <span class="number">
        {clock(start)}–{clock(end)}
      </span>
    </span>
  );
}

const overlap = (one: Block, other: Block): boolean => one.start < other.end && other.start < one.end;
const isReached = ({ kind }: Block): boolean => kind !== "planned";

function Hours(): VNode {
  return (
    <div class="scale" aria-hidden="true">
      {HOURS.map((hour) => (
        <span key={hour} style={{ top: `${(hour / 24) * 100}%` }}>
          {String(hour).padStart(2, "0")}
        </span>
      ))}
    </div>
  );
}

function DayHead({ day }: { day: Day }): VNode {
  const { week } = text();
  return (
    <header>
      <b>{dayName(day, "short")}</b>
      {day.holiday && <span class="chip holiday">{day.holiday}</span>}
      {day.clockChange !== 0 && (
        <span class="chip clock-chip">{day.clockChange > 0 ? week.shortDay : week.longDay}</span>
      )}
    </header>
  );
}

/** A block that is shorter has room for one line alone. */
const BRIEF_MIN = 120;

interface Placed {
  readonly block: Block;
  readonly day: Day;
  readonly lane: number;
  readonly lanes: number;
  readonly isFirst: boolean;
  readonly isChosen: boolean;
  readonly choose: (block: Block) => void;
}

function BlockOf({ block, day, lane, lanes, isFirst, isChosen, choose }: Placed): VNode {
  const isAlone = !day.blocks.some((other) => other.condition !== block.condition && overlap(block, other));
  const isBrief = block.end - block.start < BRIEF_MIN;
  const style = {
    top: `${(block.start / DAY_MIN) * 100}%`,
    height: `${((block.end - block.start) / DAY_MIN) * 100}%`,
    left: isAlone ? "0" : `${(lane / lanes) * 100}%`,
    width: isAlone ? "100%" : `${100 / lanes}%`,
  };
  if (block.kind === "planned") return <span class="block planned" style={style} aria-hidden="true" />;
  return (
    <button
      type="button"
      class={`block ${block.kind} lane-${lane % 4} ${isChosen ? "chosen" : ""} ${isBrief ? "brief" : ""}`}
      style={style}
      data-block={block.id}
      tabIndex={isFirst ? 0 : -1}
      aria-pressed={isChosen}
      title={inWords(block, day)}
      onClick={() => choose(block)}
    >
      <span>{block.condition}</span>
      {block.kind === "away" && <em>{awayIn(block)}</em>}
      <span class="number">
        {clock(block.start)}–{clock(block.end)}
      </span>
      <span class="unseen-by-eye"> {inWords(block, day)}</span>
    </button>
  );
}

/** `home: Friday 16 October 21:00 to 17 October 06:00, 9 hours`, and why it is lifted where it is. */
function inWords({ condition, kind, whole }: Block, day: Day): string {
  const { week } = text();
  const span = fill(week.span, edge(whole.from) || dayName(day, "long"), edge(whole.to) || week.openEnd);
  if (kind === "away") {
    const { reason, authorised_by, granted } = whole as Away;
    const why = [reason, authorised_by].filter(Boolean).join(", ");
    return [`${condition}: ${week[granted]}`, span, why].filter(Boolean).join(", ");
  }
  return `${condition}: ${span}${whole.hours == null ? "" : `, ${fill(week.hours, tidy(whole.hours))}`}`;
}

/** Why nothing is demanded then, for the eye: the word and the reason. */
function awayIn({ whole }: Block): string {
  const { granted, reason } = whole as Away;
  return [text().week[granted], reason].filter(Boolean).join(": ");
}

const tidy = (hours: number): string =>
  hours.toLocaleString(language.value === "en" ? "en-GB" : language.value, { maximumFractionDigits: 2 });

/** By the clock on the wall: the text is civil time already. */
function edge(at: string | null): string {
  if (at === null) return "";
  const day = named(at.slice(0, 10), { weekday: "short", day: "numeric", month: "short" });
  return `${day} ${at.slice(11, 16)}`;
}

const dayName = ({ date }: Day, weekday: "short" | "long"): string =>
  named(date, { weekday, day: "numeric", month: weekday });

function named(date: string, options: Intl.DateTimeFormatOptions): string {
  const tag = language.value === "en" ? "en-GB" : language.value;
  return new Date(`${date}T00:00:00Z`).toLocaleDateString(tag, { ...options, timeZone: "UTC" });
}

/** Up and down through a day, left and right to the day beside, at about the same time. */
function neighbour(days: readonly Day[], from: Block | undefined, key: string): Block | null {
  const columns = days.map(({ blocks }) =>
    blocks.filter(isReached).toSorted((one, other) => one.start - other.start),
  );
  const column = columns.findIndex((blocks) => blocks.some(({ id }) => id === focused()));
  const at = column < 0 ? -1 : columns[column]!.findIndex(({ id }) => id === focused());
  if (column < 0) return from ?? null;
  const here = columns[column]!;
  if (key === "ArrowDown") return here[at + 1] ?? null;
  if (key === "ArrowUp") return here[at - 1] ?? null;
  if (key !== "ArrowLeft" && key !== "ArrowRight") return null;
  const beside = key === "ArrowLeft" ? columns.slice(0, column).toReversed() : columns.slice(column + 1);
  const near = (block: Block): number => Math.abs(block.start - here[at]!.start);
  return (
    beside.find((blocks) => blocks.length > 0)?.toSorted((one, other) => near(one) - near(other))[0] ?? null
  );
}

const focused = (): string | undefined => (document.activeElement as HTMLElement | null)?.dataset["block"];

/** What holds all the time needs no block: it is said once. */
function Always({ conditions }: { conditions: readonly ConditionWeek[] }): VNode | null {
  if (conditions.length === 0) return null;
  return (
    <p class="always faint">
      {fill(text().week.always, conditions.map(({ id, zone }) => (zone ? `${id} (${zone})` : id)).join(", "))}
    </p>
  );
}
