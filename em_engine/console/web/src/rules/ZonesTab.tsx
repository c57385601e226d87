/** The zones of a rulebook: their names, and the files they are written in. */
import type { VNode } from "preact";
import type { InHand } from "./BookPage.tsx";
import { addressOf } from "./place.ts";

export function ZonesTab({ book }: InHand): VNode {
  return (
    <ul class="tab">
      {book.zones.map(({ name, file }) => (
        <li key={name}>
          {name}{" "}
          <a href={addressOf({ page: "book", book: book.book, tab: "files", item: file })}>{file}</a>
        </li>
      ))}
    </ul>
  );
}
