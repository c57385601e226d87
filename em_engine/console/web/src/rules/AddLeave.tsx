/** A stretch in which a condition does not hold, with who allowed it: written into the order's file. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { fill } from "../words/index.ts";
import * as api from "./api.ts";
import { itemOf } from "./calendar.ts";
import { Dialog, written } from "./Dialog.tsx";
import type { Book, OrderEntry, OrderWeek, TimedWeek } from "./model.ts";
import { text } from "./words.ts";

interface Shown {
  readonly book: Book;
  readonly order: OrderEntry;
  readonly week: OrderWeek;
  readonly condition: TimedWeek;
  readonly changed: () => void;
}

export function AddLeave({ book, order, week, condition, changed }: Shown): VNode {
  const { leave } = text();
  const [isOpen, open] = useState(false);
  const act = async (form: FormData): Promise<void> => {
    const { version } = book.files.find(({ path }) => path === order.file)!;
    const at = ["conditions", itemOf(week, condition), "leave"];
    const told = {
      from: written(form, "from"),
      to: written(form, "to"),
      reason: written(form, "reason"),
      ...(written(form, "by") === "" ? {} : { authorised_by: written(form, "by") }),
    };
    const count = condition.written.leave.length;
    const change = count === 0 ? { at, value: [told] } : { at: [...at, count], value: told };
    await api.setValue(book.book, order.file, version, change);
    changed();
  };
  return (
    <>
      <button type="button" class="quiet" onClick={() => open(true)}>
        {leave.add}
      </button>
      {isOpen && (
        <Dialog title={leave.add} does={leave.adds} act={act} close={() => open(false)}>
          <p class="about">{fill(leave.about, condition.id, order.time_zone)}</p>
          <label class="field">
            {leave.from}
            <input type="datetime-local" name="from" required autofocus />
          </label>
          <label class="field">
            {leave.to}
            <input type="datetime-local" name="to" required />
          </label>
          <label class="field">
            {leave.reason}
            <input name="reason" required maxLength={200} />
          </label>
          <label class="field">
            {leave.by}
            <input name="by" maxLength={200} />
          </label>
        </Dialog>
      )}
    </>
  );
}
