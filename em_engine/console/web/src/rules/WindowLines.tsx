/** The weekly windows an order is written with, to be changed: each line one row of days and two times. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Refused } from "../api.ts";
import { fill } from "../words/index.ts";
import * as api from "./api.ts";
import { AddLeave } from "./AddLeave.tsx";
import { itemOf } from "./calendar.ts";
import { asRefused } from "./loaded.ts";
import { isTimed, type Book, type OrderEntry, type OrderWeek, type TimedWeek } from "./model.ts";
import { addressOf } from "./place.ts";
import { Refusal } from "./Refusal.tsx";
import { WEEKDAYS, clock, lasts, minutes, moved, read, write, type Weekly } from "./weekly.ts";
import { text } from "./words.ts";

/** Lines that are changed and not saved, by condition: three keys for a quarter of an hour are one change. */
export type Edits = Readonly<Record<string, readonly string[] | undefined>>;

interface Shown {
  readonly book: Book;
  readonly order: OrderEntry;
  readonly week: OrderWeek;
  /** What was picked in the calendar; `line` is null where it was written elsewhere. */
  readonly chosen: { readonly condition: string; readonly line: number | null } | null;
  readonly canWrite: boolean;
  readonly isWrittenElsewhere: boolean;
  readonly edits: Edits;
  readonly edit: (condition: string, lines: readonly string[] | undefined) => void;
  readonly changed: () => void;
}

export function WindowLines(shown: Shown): VNode {
  const { book, order, week, isWrittenElsewhere } = shown;
  const { lines } = text();
  const timed = week.conditions.filter(isTimed);
  return (
    <section class="window-lines" aria-labelledby="lines">
      <h2 id="lines">{lines.title}</h2>
      <p class="faint">
        <a href={addressOf({ page: "book", book: book.book, tab: "files", item: order.file })}>
          {order.file}
        </a>
      </p>
      {isWrittenElsewhere && <p class="caution">{lines.saveFirst}</p>}
      {timed.length === 0 && <p class="faint">{lines.none}</p>}
      {timed.map((condition) => (
        <OfCondition key={condition.id} {...shown} condition={condition} />
      ))}
    </section>
  );
}

function OfCondition(shown: Shown & { condition: TimedWeek }): VNode {
  const { book, order, week, condition, chosen, canWrite, changed } = shown;
  const edit = (lines: readonly string[] | null): void => shown.edit(condition.id, lines ?? undefined);
  const { lines } = text();
  const written = condition.written.weekly;
  const [refusal, refuse] = useState<Refused | null>(null);
  useEffect(() => refuse(null), [written.join("\n")]);
  const now = shown.edits[condition.id] ?? written;
  const isChanged = now.join("\n") !== written.join("\n");
  const put = (index: number, line: string | null): void =>
    edit(line === null ? now.toSpliced(index, 1) : now.toSpliced(index, 1, line));
  const save = async (): Promise<void> => {
    const { version } = book.files.find(({ path }) => path === order.file)!;
    const at = ["conditions", itemOf(week, condition), "weekly"];
    await api
      .setValue(book.book, order.file, version, { at, value: now })
      .then(changed, (failure: unknown) => refuse(asRefused(failure)));
  };
  return (
    <form
      class={chosen?.condition === condition.id ? "condition chosen" : "condition"}
      aria-label={condition.id}
      onSubmit={(event) => (event.preventDefault(), void save())}
    >
      <h3>
        {condition.id} <small class="faint">{condition.zone ?? condition.kind}</small>
      </h3>
      {now.map((line, index) => (
        <Line
          key={index}
          line={line}
          number={index + 1}
          canWrite={canWrite}
          isChosen={chosen?.condition === condition.id && chosen.line === index}
          put={(next) => put(index, next)}
        />
      ))}
      <Elsewhere condition={condition} />
      {refusal && <Refusal of={refusal} />}
      {canWrite && (
        <p class="ways">
          <button type="button" class="quiet" onClick={() => edit([...now, "daily 21:00-06:00"])}>
            {lines.add}
          </button>
          <AddLeave book={book} order={order} week={week} condition={condition} changed={changed} />
          {isChanged && (
            <>
              <button type="submit" class="primary" disabled={now.length === 0 && !hasOthers(condition)}>
                {lines.save}
              </button>
              <button type="button" onClick={() => edit(null)}>
                {text().cancel}
              </button>
            </>
          )}
        </p>
      )}
    </form>
  );
}

const hasOthers = ({ written }: TimedWeek): boolean => written.schedule !== null || written.calendar !== null;

interface LineShown {
  readonly line: string;
  readonly number: number;
  readonly canWrite: boolean;
  readonly isChosen: boolean;
  readonly put: (line: string | null) => void;
}

function Line({ line, number, canWrite, isChosen, put }: LineShown): VNode {
  const { lines } = text();
  const window = read(line);
  const row = useRef<HTMLFieldSetElement>(null);
  useEffect(() => {
    if (isChosen) row.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  return (
    <fieldset ref={row} class={isChosen ? "line chosen" : "line"} disabled={!canWrite}>
      <legend>
        <span class="unseen-by-eye">{fill(lines.number, number)} </span>
        <code>{line}</code>
      </legend>
      {window && <Days window={window} put={(next) => put(write(next, line))} />}
      {window && <Times window={window} put={(next) => put(write(next, line))} />}
      {canWrite && (
        <button
          type="button"
          class="quiet"
          aria-label={fill(lines.removeNamed, line)}
          onClick={() => put(null)}
        >
          {lines.remove}
        </button>
      )}
    </fieldset>
  );
}

function Days({ window, put }: { window: Weekly; put: (next: Weekly) => void }): VNode {
  const { weekday } = text();
  const toggled = (day: number): readonly number[] =>
    window.days.includes(day)
      ? window.days.filter((one) => one !== day)
      : [...window.days, day].sort((one, other) => one - other);
  return (
    <span class="days">
      {WEEKDAYS.map((day, index) => (
        <button
          key={day}
          type="button"
          aria-pressed={window.days.includes(index)}
          disabled={window.days.length === 1 && window.days.includes(index)}
          onClick={() => put({ ...window, days: toggled(index) })}
        >
          <span aria-hidden="true">{weekday[index]!.short}</span>
          <span class="unseen-by-eye">{weekday[index]!.long}</span>
        </button>
      ))}
    </span>
  );
}

const STEP_MIN = 15;

/** Typed as four digits, or moved a quarter of an hour at a time with the arrow keys. */
function Times({ window, put }: { window: Weekly; put: (next: Weekly) => void }): VNode {
  const { lines } = text();
  const typed = (edge: "start" | "end", given: string): void => {
    const told = minutes(given);
    if (told !== null && told !== window[edge === "start" ? "end" : "start"])
      put({ ...window, [edge]: told });
  };
  const stepped = (edge: "start" | "end", event: KeyboardEvent): void => {
    const by = { ArrowUp: STEP_MIN, ArrowDown: -STEP_MIN }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    put(moved(window, edge, by));
  };
  return (
    <span class="times">
      {(["start", "end"] as const).map((edge) => (
        <label key={edge}>
          {lines[edge]}{" "}
          <input
            class="number"
            value={clock(window[edge])}
            size={5}
            maxLength={5}
            pattern="([01]\d|2[0-4]):[0-5]\d"
            inputMode="numeric"
            onChange={(event) => typed(edge, event.currentTarget.value)}
            onKeyDown={(event) => stepped(edge, event)}
          />
        </label>
      ))}
      <small class="faint">
        {fill(lines.lasts, clock(lasts(window)))} {window.end <= window.start && lines.nextDay}
      </small>
    </span>
  );
}

/** What else the condition holds at, told so that nobody looks for it among the lines. */
function Elsewhere({ condition }: { condition: TimedWeek }): VNode | null {
  const { lines, weekday } = text();
  const { schedule, calendar, holidays, leave } = condition.written;
  const told = [
    schedule && fill(lines.schedule, schedule),
    calendar && fill(lines.calendar, calendar),
    holidays &&
      fill(
        lines.holidays,
        holidays.calendar,
        weekday[WEEKDAYS.findIndex((day) => day === holidays.as)]!.long,
      ),
    leave.length > 0 && fill(lines.leave, leave.length),
    condition.phases.length > 0 && fill(lines.phases, condition.phases.length),
  ].filter((one) => typeof one === "string");
  return told.length === 0 ? null : <p class="faint">{told.join(" · ")}</p>;
}
