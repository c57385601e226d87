/** Seven days side by side, each window where it is in force: by eye, by keyboard and in words. */
import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import { fill, language } from "../words/index.ts";
import type { Block, Day } from "./calendar.ts";
import type { Away, ConditionWeek, OrderWeek } from "./model.ts";
import { DAY_MIN, clock } from "./weekly.ts";
import { text } from "./words.ts";

interface Shown {
  readonly days: readonly Day[];
  readonly week: OrderWeek;
  readonly chosen: Block | null;
  readonly choose: (block: Block) => void;
  /** Days to the week that is to be shown next. */
  readonly move: (days: number) => void;
}

const HOURS = [0, 3, 6, 9, 12, 15, 18, 21, 24];

export function WeekGrid({ days, week, chosen, choose, move }: Shown): VNode {
  const grid = useRef<HTMLDivElement>(null);
  const lanes = week.conditions.filter(({ always }) => !always).map(({ id }) => id);
  const reached = days.flatMap(({ blocks }) => blocks.filter(isReached));
  const first = reached.find(({ id }) => id === chosen?.id) ?? reached[0];
  const onKeyDown = (event: KeyboardEvent): void => {
    const page = { PageDown: 7, PageUp: -7 }[event.key];
    if (page !== undefined) return (event.preventDefault(), move(page));
    const next = neighbour(days, first, event.key);
    if (!next) return;
    event.preventDefault();
    grid.current?.querySelector<HTMLElement>(`[data-block="${CSS.escape(next.id)}"]`)?.focus();
  };
  return (
    <div class="week-grid" role="group" aria-label={text().week.label} ref={grid} onKeyDown={onKeyDown}>
      <Hours />
      {days.map((day) => (
        <section key={day.date} class="day" aria-label={dayName(day, "long")}>
          <DayHead day={day} />
          <div class="hours">
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
          </div>
        </section>
      ))}
      <Always conditions={week.conditions.filter(({ always }) => always)} />
    </div>
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
      class={`block ${block.kind} lane-${lane % 4} ${isChosen ? "chosen" : ""}`}
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
