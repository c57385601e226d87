/** The zones on a map, fetched when it is first wanted; without it every file can be written as text. */
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import type { InHand } from "./BookPage.tsx";
import { usePart } from "./loaded.ts";
import { isMapDirty } from "./unsaved.ts";
import { text } from "./words.ts";

export function ZonesTab({ book, item, canWrite, changed }: InHand): VNode {
  const editor = usePart(() => import("./map/ZoneEditor.tsx"));
  useEffect(() => () => void (isMapDirty.value = false), []);
  if (editor === null) return <p class="tab faint">{text().loading}</p>;
  if (editor === "missing") return <p class="tab notice refusal">{text().noMap}</p>;
  return (
    <div class="tab map-tab">
      <editor.ZoneEditor
        source={book.kind === "draft" ? { draft: book.book } : { revision: book.book }}
        isReadOnly={!canWrite}
        files={book.files}
        {...(item === null ? {} : { zone: item })}
        onSaved={changed}
        onDirty={(isDirty: boolean) => (isMapDirty.value = isDirty)}
      />
    </div>
  );
}
