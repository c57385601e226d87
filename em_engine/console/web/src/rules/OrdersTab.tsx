/** The orders of a rulebook: whose, under which programme, with which conditions. */
import type { VNode } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Heads } from "../desk/Heads.tsx";
import { fill, words } from "../words/index.ts";
import * as api from "./api.ts";
import type { InHand } from "./BookPage.tsx";
import { Dialog, written } from "./Dialog.tsx";
import { Checked } from "./DraftTable.tsx";
import { useGrowing } from "./growing.ts";
import type { Book, FileEntry, OrderEntry } from "./model.ts";
import { NameField, OFFERED_MAX } from "./NameField.tsx";
import { orderText } from "./newOrder.ts";
import { addressOf, goTo } from "./place.ts";
import { text } from "./words.ts";

export function OrdersTab({ book, canWrite, changed }: InHand): VNode {
  const { orders } = text();
  const [wanted, want] = useState("");
  const [isMaking, make] = useState(false);
  const all = useMemo(() => book.orders.map((one) => ({ one, told: told(one) })), [book.orders]);
  const found = useMemo(
    () => all.filter((each) => each.told.includes(wanted.toLowerCase())).map(({ one }) => one),
    [all, wanted],
  );
  const { count, end } = useGrowing(found.length, wanted);
  return (
    <div class="tab">
      <p class="ways">
        <input
          type="search"
          aria-label={orders.find}
          placeholder={orders.find}
          value={wanted}
          onInput={(event) => want(event.currentTarget.value)}
        />
        {canWrite && (
          <button type="button" class="primary" onClick={() => make(true)}>
            {orders.make}
          </button>
        )}
      </p>
      {found.length === 0 && <p class="faint">{orders.none}</p>}
      {found.length > 0 && <Table book={book} orders={found.slice(0, count)} />}
      {count < found.length && (
        <p ref={end as { current: HTMLParagraphElement | null }} class="faint">
          {fill(text().more, found.length - count)}
        </p>
      )}
      {isMaking && <MakeOrder book={book} close={() => make(false)} changed={changed} />}
    </div>
  );
}

const told = (one: OrderEntry): string =>
  [one.id, one.title, one.wearer.id, one.wearer.name, one.programme].join(" ").toLowerCase();

function Table({ book, orders: listed }: { book: Book; orders: readonly OrderEntry[] }): VNode {
  const { orders } = text();
  const { programme } = words();
  const files = useMemo(() => new Map(book.files.map((file) => [file.path, file])), [book.files]);
  return (
    <table class="told">
      <Heads
        of={[orders.order, orders.wearer, orders.programme, orders.conditions, orders.valid, orders.look]}
      />
      <tbody>
        {listed.map((one) => (
          <tr key={one.id}>
            <td>
              {one.id} <Wrong file={files.get(one.file)} />
            </td>
            <td>
              {one.wearer.id} {one.wearer.name && <small class="faint">{one.wearer.name}</small>}
            </td>
            <td>{programme[one.programme] ?? one.programme}</td>
            <td>{one.conditions.map(({ id }) => id).join(", ")}</td>
            <td class="number">{validity(one)}</td>
            <td class="ways">
              <a
                href={addressOf({ page: "book", book: book.book, tab: "week", item: one.id })}
                aria-label={fill(orders.weekOf, one.id)}
              >
                {text().tabs.week}
              </a>
              <a
                href={addressOf({ page: "book", book: book.book, tab: "files", item: one.file })}
                aria-label={fill(orders.fileOf, one.id)}
              >
                {orders.file}
              </a>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Whether something is wrong with the order's file. */
function Wrong({ file }: { file: FileEntry | undefined }): VNode | null {
  if (file === undefined || file.errors + file.warnings === 0) return null;
  return <Checked errors={file.errors} warnings={file.warnings} />;
}

/** The civil days between which it holds, in the order's own time zone. */
function validity({ valid, time_zone }: OrderEntry): string {
  const day = (at: string | null): string => (at === null ? "…" : dayIn(time_zone).format(new Date(at)));
  return valid.from === null && valid.to === null ? "–" : `${day(valid.from)} – ${day(valid.to)}`;
}

const DAYS = new Map<string, Intl.DateTimeFormat>();

/** Kept, for making one takes longer than all the days it writes. */
function dayIn(timeZone: string): Intl.DateTimeFormat {
  const made = DAYS.get(timeZone) ?? new Intl.DateTimeFormat("sv", { timeZone });
  DAYS.set(timeZone, made);
  return made;
}

interface Making {
  readonly book: Book;
  readonly close: () => void;
  readonly changed: () => void;
}

/** An order that holds water from its first line: what it demands is then written in its file. */
function MakeOrder({ book, close, changed }: Making): VNode {
  const { orders } = text();
  const { programme } = words();
  const act = async (form: FormData): Promise<void> => {
    const asked = {
      order: written(form, "order"),
      wearer: written(form, "wearer"),
      device: written(form, "device"),
      programme: written(form, "programme"),
      zone: written(form, "zone"),
      forbidden: written(form, "forbidden"),
    };
    const path = `orders/${asked.order.replace(/[^\w.-]+/g, "-")}.yaml`;
    await api.save(book.book, path, orderText(asked), null);
    changed();
    goTo({ page: "book", book: book.book, tab: "files", item: path });
  };
  return (
    <Dialog title={orders.make} does={orders.makes} act={act} close={close}>
      <label class="field">
        {orders.order}
        <input
          name="order"
          required
          autofocus
          maxLength={128}
          pattern="\S(.*\S)?"
          placeholder="HJS-2026-0101"
          spellcheck={false}
        />
      </label>
      <label class="field">
        {orders.programme}
        <select name="programme">
          {Object.entries(programme).map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        {orders.wearerId}
        <input name="wearer" required maxLength={128} placeholder="W-101" spellcheck={false} />
      </label>
      <label class="field">
        {orders.device}
        <input name="device" required maxLength={128} placeholder="tag-0101" spellcheck={false} />
      </label>
      <ZoneChoice book={book} name="zone" label={orders.home} none={orders.noZone} />
      <ZoneChoice book={book} name="forbidden" label={orders.keepOut} none={orders.nowhere} />
    </Dialog>
  );
}

interface Choosing {
  readonly book: Book;
  readonly name: string;
  readonly label: string;
  readonly none: string;
}

/** One of the zones, or none; of thousands a field offers what fits what is typed. */
function ZoneChoice({ book, name, label, none }: Choosing): VNode {
  const zones = book.zones.map((zone) => zone.name);
  if (zones.length > OFFERED_MAX)
    return (
      <label class="field">
        {label}
        <NameField name={name} names={zones} placeholder={none} />
      </label>
    );
  return (
    <label class="field">
      {label}
      <select name={name}>
        <option value="">{none}</option>
        {zones.map((zone) => (
          <option key={zone}>{zone}</option>
        ))}
      </select>
    </label>
  );
}
