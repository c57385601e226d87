/** Zones drawn, moved, cut and measured on a map, and saved as the files they are. */
import type { VNode } from "preact";
import { effect } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { theme } from "../../preferences.ts";
import { fill, language } from "../../words/index.ts";
import { isUnheard, returns } from "../connection.ts";
import { asRefused } from "../loaded.ts";
import { Refusal } from "../Refusal.tsx";
import { Bench } from "./bench.ts";
import { zoneCanvas, type Scene, type ZoneCanvas } from "./canvas.ts";
import type { Drawing } from "./drawing.ts";
import { length_m } from "./metres.ts";
import type { Deed } from "./compass.ts";
import * as deeds from "./deeds.ts";
import { cornersOf, moveAll, redrawn, positionAt } from "./outline.ts";
import { Questions } from "./Questions.tsx";
import { load } from "./saving.ts";
import { zoneFiles, type Source, type ZoneFile } from "./server.ts";
import { Reach, Toolbar } from "./Toolbar.tsx";
import { inSlices, rest } from "./slices.ts";
import { SKETCHED } from "./toolbox.ts";
import { length, zoneWords } from "./words.ts";
import { toldOf, ZoneList } from "./ZoneList.tsx";
import { isPlace, spotOf } from "./zoneFeatures.ts";
import { ZonePanel } from "./ZonePanel.tsx";

interface Asked {
  readonly source: Source;
  readonly isReadOnly: boolean;
  /** The rulebook's files as they were when it was opened. */
  readonly files: readonly ZoneFile[];
  /** The zone to take in hand at once. */
  readonly zone?: string;
  readonly onSaved?: () => void;
  readonly onDirty?: (isDirty: boolean) => void;
}

const CHECK_MS = 300;

export function ZoneEditor({ source, isReadOnly, files, zone, onSaved, onDirty }: Asked): VNode {
  const key = JSON.stringify(source);
  const bench = useMemo(() => new Bench(source, isReadOnly), [key, isReadOnly]);
  const box = useRef<HTMLDivElement>(null);
  const { canvas, isBroken } = useCanvas(bench, box);
  useLoading(bench, canvas, files, zone);
  useChecking(bench);
  useEffect(() => effect(() => onDirty?.(bench.isDirty.value)), [bench, onDirty]);
  useEffect(() => {
    if (bench.saves.value > 0) onSaved?.();
  }, [bench.saves.value]);
  const text = zoneWords();
  return (
    <section
      class="zone-editor"
      aria-label={text.editor}
      onKeyDown={(event) => commanded(bench, event)}
      {...dropping(bench)}
    >
      <ZoneList bench={bench} fit={(id) => canvas?.fit(id)} />
      <div class="zone-work">
        <Toolbar bench={bench} canvas={canvas} />
        <div
          class={`zone-frame ${SKETCHED[bench.tool.value] === null ? "" : "sketching"}`}
          onKeyDownCapture={(event) => pressed(bench, canvas, event)}
        >
          <div
            ref={box}
            class="map"
            role="application"
            aria-label={text.map}
            aria-describedby="zone-keys"
            tabIndex={0}
          />
          <span class="cross-hair" aria-hidden="true" />
          {isBroken && <p class="map-note bad">{text.noMap}</p>}
          {!bench.isLoaded.value && !isBroken && <p class="map-note">{text.loading}</p>}
          <Ruler bench={bench} />
        </div>
        <Foot bench={bench} canvas={canvas} />
      </div>
      <ZonePanel bench={bench} canvas={canvas} />
      <p class="unseen-by-eye" aria-live="polite">
        {deeds.told(bench)}
      </p>
      <NoticeLine bench={bench} />
      <Questions bench={bench} />
    </section>
  );
}

/** What the tool in hand does, and the keys of the map. */
function Foot({ bench, canvas }: { bench: Bench; canvas: ZoneCanvas | null }): VNode {
  const text = zoneWords();
  const tool = bench.tool.value;
  const isSpot = bench.zone.value !== undefined && cornersOf(bench.zone.value.outline).length === 1;
  const isHeld = tool === "edit" && bench.zone.value !== undefined && !bench.isReadOnly;
  return (
    <div class="zone-foot">
      <p>{isHeld ? (isSpot ? text.hintPlace : text.hintHeld) : text.hint[tool]}</p>
      <Reach bench={bench} canvas={canvas} />
      <details>
        <summary>{text.keysTitle}</summary>
        <p id="zone-keys">{text.keys}</p>
      </details>
    </div>
  );
}

/** What the ruler or the sketch comes to. */
function Ruler({ bench }: { bench: Bench }): VNode | null {
  const [measured, sketch] = [bench.measured.value, bench.sketch.value];
  const line = measured.length > 1 ? measured : sketch;
  if (line.length < 2) return null;
  const text = zoneWords();
  const told = length(bench.measured_m.value ?? length_m(line, false));
  return (
    <output class="map-note ruler">
      {measured.length > 1 ? fill(text.measured, told, line.length - 1) : fill(text.sketched, told)}
    </output>
  );
}

function NoticeLine({ bench }: { bench: Bench }): VNode {
  const notice = bench.notice.value;
  return (
    <div class="zone-notice" role="status">
      {notice && !notice.refused && <p class="notice">{notice.text}</p>}
      {notice?.refused && <Refusal of={notice.refused} />}
      {notice && (
        <button
          type="button"
          class="quiet"
          aria-label={zoneWords().close}
          onClick={() => (bench.notice.value = null)}
        >
          ×
        </button>
      )}
    </div>
  );
}

/** Every key of the map; what is not ours moves and zooms it. */
function pressed(bench: Bench, canvas: ZoneCanvas | null, event: KeyboardEvent): void {
  if (!deeds.press(bench, event, (deed) => canvas && sketching(bench, canvas, deed))) return;
  event.preventDefault();
  event.stopPropagation();
  const at =
    bench.corner.value && bench.zone.value && positionAt(bench.zone.value.outline, bench.corner.value);
  if (at) canvas?.reveal(at);
}

/** Undo and save are heard all over the editor; a field that is written in keeps its own undo. */
function commanded(bench: Bench, event: KeyboardEvent): void {
  const isWriting = /^(INPUT|TEXTAREA|SELECT)$/.test((event.target as Element).tagName);
  const isCommand = (event.ctrlKey || event.metaKey) && (!isWriting || event.key.toLowerCase() === "s");
  if (!isCommand || bench.asking.value) return;
  if (deeds.press(bench, event, () => undefined)) event.preventDefault();
}

function sketching(bench: Bench, { hands, middle }: ZoneCanvas, deed: Deed): void {
  const isCircle = bench.tool.value === "circle";
  if (deed.kind === "place" && isCircle)
    deeds.take(bench, { corners: [middle()], radius_m: bench.reach_m.value });
  else if (deed.kind === "place") hands.place();
  else if (deed.kind === "take-back") hands.takeBack();
  else if (deed.kind === "finish") hands.finish();
  else if (deed.kind === "release" && bench.sketch.value.length > 0) hands.abandon();
  else if (deed.kind === "release") bench.hold("edit");
}

/** The map, for as long as the editor stands; what is on it follows the bench. */
function useCanvas(
  bench: Bench,
  box: { current: HTMLDivElement | null },
): { canvas: ZoneCanvas | null; isBroken: boolean } {
  const [canvas, setCanvas] = useState<ZoneCanvas | null>(null);
  const [isBroken, setBroken] = useState(false);
  useEffect(() => {
    try {
      const made = zoneCanvas(box.current!, zoneWords(), {
        picked: (id) => bench.choose(id),
        took: (corner) => bench.take(corner),
        redrawn: (id, parts) => redrew(bench, id, parts),
        shifted: (id, lon, lat) => shifted(bench, id, lon, lat),
        sketched: (sketch) => deeds.take(bench, sketch),
        sketching: (corners) => (bench.sketch.value = corners),
      });
      setCanvas(made);
      return () => made.close();
    } catch {
      setBroken(true);
      return undefined;
    }
  }, [bench]);
  useEffect(() => (canvas ? effect(() => canvas.show(sceneOf(bench))) : undefined), [canvas]);
  useEffect(() => (canvas ? effect(() => canvas.hold(heldOf(bench))) : undefined), [canvas]);
  return { canvas, isBroken };
}

const sceneOf = (bench: Bench): Scene => ({
  drawing: bench.drawing.value,
  chosen: bench.chosen.value,
  corner: bench.corner.value,
  crossings: bench.flaws.value,
  repaired: bench.shape.value?.repaired ?? null,
  measured: bench.measured.value,
  theme: theme.value,
});

const heldOf = (bench: Bench): Parameters<ZoneCanvas["hold"]>[0] => ({
  tool: bench.tool.value,
  chosen: bench.chosen.value,
  isReadOnly: bench.isReadOnly,
  isSnapping: bench.isSnapping.value,
  isTracing: bench.isTracing.value,
  theme: theme.value,
});

function redrew(bench: Bench, id: string, parts: Parameters<typeof redrawn>[1]): void {
  const zone = bench.drawing.peek().find((one) => one.id === id);
  if (zone) bench.redraw(id, redrawn(zone.outline, parts));
}

function shifted(bench: Bench, id: string, lon: number, lat: number): void {
  const zone = bench.drawing.peek().find((one) => one.id === id);
  if (zone) bench.redraw(id, moveAll(zone.outline, lon, lat));
}

/** What list and map reckon once for each zone, ahead of both: all at once they would stand still for it. */
const ready = (drawing: Drawing): Promise<void> =>
  inSlices(drawing, (zone) => (toldOf(zone), isPlace(zone) && spotOf(zone)));

function useLoading(
  bench: Bench,
  canvas: ZoneCanvas | null,
  files: readonly ZoneFile[],
  zone: string | undefined,
): void {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (!canvas) return;
    const first = async (): Promise<void> => {
      bench.notice.value = null;
      bench.choose(zone ?? bench.chosen.peek());
      const held = bench.zone.peek();
      await rest(); // the list is drawn by now
      if (held) canvas.fit(held.id);
      else canvas.open();
    };
    load(bench, { files: zoneFiles(files), ready }).then(first, (failure: unknown) => {
      bench.notice.value = { text: zoneWords().refused, refused: asRefused(failure) };
    });
  }, [bench, canvas, zone, turn]);
  useEffect(() => {
    const refused = bench.notice.peek()?.refused;
    if (!bench.isLoaded.peek() && refused && isUnheard(refused)) setTurn(turn + 1);
  }, [returns.value]);
}

/** The server looks at each outline in hand once the hand rests. */
function useChecking(bench: Bench): void {
  const outline = bench.zone.value?.outline;
  useEffect(() => {
    if (!outline) return undefined;
    const timer = setTimeout(() => void deeds.check(bench, outline), CHECK_MS);
    return () => clearTimeout(timer);
  }, [bench, outline, language.value, returns.value]);
}

/** A file dropped anywhere on the editor is asked about. */
function dropping(bench: Bench): object {
  const isOurs = (event: DragEvent): boolean =>
    !bench.isReadOnly && (event.dataTransfer?.types.includes("Files") ?? false);
  return {
    onDragOver: (event: DragEvent) => isOurs(event) && event.preventDefault(),
    onDrop: (event: DragEvent) => {
      const file = event.dataTransfer?.files[0];
      if (!file || !isOurs(event)) return;
      event.preventDefault();
      bench.asking.value = { what: "import", file };
    },
  };
}
