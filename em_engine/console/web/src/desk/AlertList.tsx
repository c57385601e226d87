/** The queue as a list of which only the rows in view exist: a tenth of the cost of a table. */
import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import {
  alertOf,
  arrangement,
  cursor,
  fold,
  keyboardAmongRows,
  loaded,
  movedAt,
  onlySeverity,
  pointerAmongRows,
  revision,
  wanted,
} from "../queue/book.ts";
import { say } from "../queue/actions.ts";
import { rowsInView, scrollFor } from "../queue/window.ts";
import { words } from "../words/index.ts";
import { AlertRow, ROW_HEIGHT } from "./AlertRow.tsx";

const POINTER_RESTS_MS = 8000;
const GUARD_MS = 400;

export function AlertList(): VNode {
  void revision.value;
  const box = useRef<HTMLDivElement>(null);
  const view = useView(box);
  const { order, folds } = arrangement.value;
  const { first, end } = rowsInView(view.top, view.height, ROW_HEIGHT, order.length);
  useCursorInView(box, order);
  return (
    <div
      ref={box}
      id="rows"
      class="rows"
      role="listbox"
      tabIndex={0}
      aria-label={words().queue.list}
      aria-busy={!loaded.value}
      aria-activedescendant={activeRow(order, first, end)}
      onFocus={() => (keyboardAmongRows.value = cursor.value !== null)}
      onBlur={() => (keyboardAmongRows.value = false)}
      onPointerMove={pointerHere}
      onPointerLeave={() => (pointerAmongRows.value = false)}
      onClick={(event) => choose(event.target as Element)}
    >
      <div class="whole" role="presentation" style={{ height: `${order.length * ROW_HEIGHT}px` }}>
        {order.slice(first, end).map((id, index) => {
          const alert = alertOf(id);
          const row = first + index;
          const place = { row, count: order.length, isChosen: id === cursor.value, fold: folds.get(id) };
          return alert && <AlertRow key={id} alert={alert} {...place} />;
        })}
      </div>
      {order.length === 0 && <p class="empty">{emptiness()}</p>}
    </div>
  );
}

function emptiness(): string {
  const { queue, detail } = words();
  if (!loaded.value) return detail.loading; // a queue not read yet is not an empty one
  return wanted.value || onlySeverity.value ? queue.emptyFiltered : queue.empty;
}

/** The row that has the keyboard, where it is drawn at all. */
function activeRow(order: readonly string[], first: number, end: number): string | undefined {
  const row = cursor.value === null ? -1 : order.indexOf(cursor.value);
  return row >= first && row < end ? `row-${cursor.value}` : undefined;
}

/** A hand at rest is no hand: a pointer left lying on the list must not hold it for the night. */
let resting: ReturnType<typeof setTimeout> | undefined;
function pointerHere(event: PointerEvent): void {
  if (event.pointerType !== "mouse") return;
  pointerAmongRows.value = true;
  clearTimeout(resting);
  resting = setTimeout(() => (pointerAmongRows.value = false), POINTER_RESTS_MS);
}

/** Take the alert clicked on in hand, unless the rows moved just before: it may not be the one aimed at. */
function choose(target: Element): void {
  const id = target.closest<HTMLElement>("[data-id]")?.dataset["id"];
  const alert = id === undefined ? undefined : alertOf(id);
  if (!alert) return;
  if (performance.now() - movedAt < GUARD_MS && alert.id !== cursor.peek()) {
    say(alert, words().action.moved, true);
    return;
  }
  const unfold = target.closest<HTMLElement>("[data-fold]")?.dataset["fold"];
  keyboardAmongRows.value = true;
  cursor.value = alert.id;
  if (unfold !== undefined) fold(alert.id, unfold === "true");
}

function useView(box: { current: HTMLDivElement | null }): { top: number; height: number } {
  const [view, setView] = useState({ top: 0, height: 800 });
  useEffect(() => {
    const element = box.current!;
    const look = (): void => setView({ top: element.scrollTop, height: element.clientHeight });
    const sized = new ResizeObserver(look);
    sized.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => sized.disconnect();
  }, []);
  return view;
}

/** Keep the row in hand in view when the hand moves, not when the rows do under a hand that only rests. */
function useCursorInView(box: { current: HTMLDivElement | null }, order: readonly string[]): void {
  useLayoutEffect(() => {
    const row = cursor.value === null ? -1 : order.indexOf(cursor.value);
    const element = box.current;
    if (row >= 0 && element) {
      element.scrollTop = scrollFor(row, element.scrollTop, element.clientHeight, ROW_HEIGHT);
    }
  }, [cursor.value]);
}
