/** The week of one order: its windows as they will really be applied, and the lines they come from. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { now } from "../time.ts";
import { fill } from "../words/index.ts";
import * as api from "./api.ts";
import type { InHand } from "./BookPage.tsx";
import { daysAfter, layOut, lineOf, monday, weekNumber, type Block } from "./calendar.ts";
import { useLoaded } from "./loaded.ts";
import { isTimed, type Book, type OrderEntry, type OrderWeek, type TimedWeek } from "./model.ts";
import { NameField, OFFERED_MAX } from "./NameField.tsx";
import { goTo } from "./place.ts";
import { Refusal } from "./Refusal.tsx";
import { Select } from "../desk/Select.tsx";
import { unsaved } from "./unsaved.ts";
import { WeekGrid } from "./WeekGrid.tsx";
import { read, write, type Weekly } from "./weekly.ts";
import { WindowLines, type Edits } from "./WindowLines.tsx";
import { text } from "./words.ts";

export function WeekTab(inHand: InHand): VNode {
  const { book, item } = inHand;
  const order = book.orders.find(({ id }) => id === item) ?? book.orders[0];
  if (order === undefined) return <p class="tab faint">{text().orders.none}</p>;
  return <OrderOnWeek key={order.id} {...inHand} order={order} />;
}

const today = (): string => new Date(now.peek()).toISOString().slice(0, 10);

function OrderOnWeek({ book, canWrite, changed, order }: InHand & { order: OrderEntry }): VNode {
  const [from, setFrom] = useState(monday(today()));
  const [chosen, choose] = useState<Block | null>(null);
  const version = book.files.find(({ path }) => path === order.file)?.version ?? "";
  const key = `${book.book} ${order.id} ${from} ${version}`;
  const week = useLoaded(key, () => api.weeks(book.book, order.id, from, 1));
  const shown = useLast(week.value);
  const move = (days: number): void => setFrom(daysAfter(from, days));
  const mayWrite = canWrite && unsaved(book.book, order.file) === null;
  const [edits, edit] = useState<Edits>({});
  useEffect(() => edit({}), [version]);
  const linesOf = ({ id, written }: TimedWeek): readonly string[] => edits[id] ?? written.weekly;
  const windowOf = (block: Block): Weekly | null => {
    const condition = shown && timedIn(shown, block.condition);
    const line = shown && block.kind === "binds" ? lineIn(shown, block) : null;
    return mayWrite && condition && line !== null ? read(linesOf(condition)[line] ?? "") : null;
  };
  const change = (block: Block | null, next: Weekly): void => {
    const condition = shown && (timedIn(shown, block?.condition ?? chosen?.condition) ?? timed[0]);
    if (!condition) return;
    const lines = linesOf(condition);
    const line = block && shown ? lineIn(shown, block) : lines.length;
    if (line === null) return;
    edit({ ...edits, [condition.id]: lines.toSpliced(line, 1, write(next, lines[line])) });
  };
  const timed = shown?.conditions.filter(isTimed) ?? [];
  const proposed = timed.flatMap((condition) =>
    linesOf(condition)
      .filter((line, n) => line !== condition.written.weekly[n])
      .flatMap((line) => read(line) ?? []),
  );
  return (
    <div class="tab week" aria-busy={week.value === null && week.failure === null}>
      <div class="week-main">
        <WeekHead book={book} order={order} from={from} setFrom={setFrom} />
        {mayWrite && timed.length > 0 && <p class="faint">{text().week.hand}</p>}
        {week.failure && <Refusal of={week.failure} />}
        {shown && (
          <WeekGrid
            days={layOut(shown, from)}
            week={shown}
            chosen={chosen}
            choose={choose}
            move={move}
            windowOf={windowOf}
            change={change}
            proposed={proposed}
            canDraw={mayWrite && timed.length > 0}
          />
        )}
      </div>
      {shown && (
        <WindowLines
          book={book}
          order={order}
          week={shown}
          chosen={chosen && { condition: chosen.condition, line: lineIn(shown, chosen) }}
          canWrite={mayWrite}
          edits={edits}
          edit={(condition, lines) => edit({ ...edits, [condition]: lines })}
          isWrittenElsewhere={unsaved(book.book, order.file) !== null}
          changed={changed}
        />
      )}
    </div>
  );
}

const timedIn = (week: OrderWeek, condition: string | undefined): TimedWeek | undefined =>
  week.conditions.filter(isTimed).find(({ id }) => id === condition);

/** While another week is fetched the last one stays: a calendar that goes blank cannot be leafed through. */
function useLast(week: OrderWeek | null): OrderWeek | null {
  const [last, keep] = useState(week);
  if (week !== null && week !== last) keep(week);
  return week ?? last;
}

function lineIn(week: OrderWeek, block: Block): number | null {
  const condition = week.conditions.find(({ id }) => id === block.condition);
  const held = week.holidays.map(({ date }) => date);
  return condition ? lineOf(condition, block, held) : null;
}

function OrderChoice({ book, order }: { book: Book; order: OrderEntry }): VNode {
  const label = text().orders.order;
  const choose = (id: string): void => goTo({ page: "book", book: book.book, tab: "week", item: id });
  if (book.orders.length > OFFERED_MAX)
    return (
      <NameField
        key={order.id}
        label={label}
        names={book.orders.map(({ id }) => id)}
        first={order.id}
        choose={choose}
      />
    );
  const wearers = new Map(book.orders.map(({ id, wearer }) => [id, wearer.id]));
  return (
    <Select
      label={label}
      options={[...wearers.keys()]}
      chosen={order.id}
      name={(id) => `${id} · ${wearers.get(id)}`}
      choose={choose}
    />
  );
}

interface Headed {
  readonly book: Book;
  readonly order: OrderEntry;
  readonly from: string;
  readonly setFrom: (date: string) => void;
}

function WeekHead({ book, order, from, setFrom }: Headed): VNode {
  const { week } = text();
  return (
    <header class="ways week-head">
      <OrderChoice book={book} order={order} />
      <button type="button" aria-label={week.before} onClick={() => setFrom(daysAfter(from, -7))}>
        ‹
      </button>
      <h2 aria-live="polite">
        {fill(week.number, weekNumber(from))} <small class="faint">{from.slice(0, 4)}</small>
      </h2>
      <button type="button" aria-label={week.after} onClick={() => setFrom(daysAfter(from, 7))}>
        ›
      </button>
      <button type="button" onClick={() => setFrom(monday(today()))}>
        {week.thisWeek}
      </button>
      <label>
        {week.goTo}{" "}
        <input
          type="date"
          value={from}
          onChange={(event) => event.currentTarget.value && setFrom(monday(event.currentTarget.value))}
        />
      </label>
      <span class="faint">{fill(week.zone, order.time_zone)}</span>
    </header>
  );
}
