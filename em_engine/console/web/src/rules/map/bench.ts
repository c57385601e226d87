/** What the author has in hand: the drawing with its steps, the zone, the corner, the tool. */
import { batch, computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import type { Refused } from "../../api.ts";
import { crossings } from "./crossings.ts";
import * as draw from "./drawing.ts";
import type { Drawing, Use, Zone } from "./drawing.ts";
import { positionAt, type Corner, type Corners, type Outline, type Position } from "./outline.ts";
import type { Shape, Source } from "./server.ts";
import * as taken from "./steps.ts";
import type { Tool } from "./toolbox.ts";

/** A question that has to be answered first. */
export type Asking =
  | { readonly what: "shared"; readonly zone: Zone; readonly act: (id: string) => void }
  | { readonly what: "remove"; readonly zone: Zone }
  | { readonly what: "rename"; readonly zone: Zone }
  | { readonly what: "import"; readonly file: File };

/** What was done or refused, told once. */
export interface Notice {
  readonly text: string;
  readonly refused?: Refused;
}

export class Bench {
  readonly steps = signal(taken.begun<Drawing>([]));
  readonly saved: Signal<Drawing> = signal([]);
  readonly uses: Signal<ReadonlyMap<string, readonly Use[]>> = signal(new Map());
  readonly versions = new Map<string, string>();
  readonly files: Signal<readonly string[]> = signal([]);
  readonly isLoaded = signal(false);
  readonly isBusy = signal(false);
  /** How often something was written into the draft from here. */
  readonly saves = signal(0);

  readonly chosen: Signal<string | null> = signal(null);
  readonly corner: Signal<Corner | null> = signal(null);
  readonly tool: Signal<Tool> = signal("edit");
  readonly isSnapping = signal(true);
  readonly isTracing = signal(false);
  /** Metres of the tools that draw round a place or way. */
  readonly reach_m = signal(50);
  /** Corners of the sketch under the hand, and what was measured last. */
  readonly sketch: Signal<Corners> = signal([]);
  readonly measured: Signal<Corners> = signal([]);
  /** How long the server found what was measured last; null until it has. */
  readonly measured_m: Signal<number | null> = signal(null);
  /** The server's word on the outline in hand, for exactly that outline. */
  readonly checked: Signal<{ readonly outline: Outline; readonly shape: Shape } | null> = signal(null);
  readonly notice: Signal<Notice | null> = signal(null);
  readonly asking: Signal<Asking | null> = signal(null);

  readonly drawing: ReadonlySignal<Drawing> = computed(() => this.steps.value.now);
  readonly zone = computed(() => draw.zoneIn(this.drawing.value, this.chosen.value));
  readonly unsaved = computed(() => draw.unsaved(this.saved.value, this.drawing.value));
  readonly isDirty = computed(() => this.unsaved.value.gone.length + this.unsaved.value.put.length > 0);
  readonly shape = computed((): Shape | null => {
    const { value } = this.checked;
    return value !== null && value.outline === this.zone.value?.outline ? value.shape : null;
  });
  /** Where the outline in hand is wrong: what the page sees at once, else what the server says. */
  readonly flaws = computed((): readonly Position[] => {
    const seen = this.zone.value ? (crossings(this.zone.value.outline) ?? []) : [];
    return seen.length > 0 ? seen : (this.shape.value?.problems ?? []).flatMap(({ at }) => (at ? [at] : []));
  });

  readonly #granted = new Set<string>();

  constructor(
    readonly source: Source,
    readonly isReadOnly: boolean,
  ) {}

  choose(id: string | null): void {
    if (id !== this.chosen.peek()) this.corner.value = null;
    this.chosen.value = id;
    this.steps.value = taken.ended(this.steps.peek());
  }

  take(corner: Corner | null): void {
    this.corner.value = corner;
    this.steps.value = taken.ended(this.steps.peek());
  }

  hold(tool: Tool): void {
    batch(() => {
      this.notice.value = null;
      this.tool.value = tool;
      this.measure([]);
      this.sketch.value = [];
    });
  }

  measure(way: Corners): void {
    [this.measured.value, this.measured_m.value] = [way, null];
  }

  /** Draw the zone otherwise. */
  redraw(id: string, next: Outline, doing: string | null = null): void {
    if (draw.zoneIn(this.drawing.peek(), id)?.outline === next) return;
    this.whenGranted(id, (own) => this.did(draw.withOutline(this.drawing.peek(), own, next), doing));
  }

  /** Do it to the zone. Of one that several orders share is asked first, once: all of them would change. */
  whenGranted(id: string, act: (id: string) => void): void {
    const zone = draw.zoneIn(this.drawing.peek(), id);
    if (!zone || this.isReadOnly) return;
    if (this.isShared(id) && !this.#granted.has(id)) this.asking.value = { what: "shared", zone, act };
    else act(id);
  }

  /** The zone may be changed for all who share it. */
  grant(id: string): void {
    this.#granted.add(id);
  }

  isShared(id: string): boolean {
    return (this.uses.value.get(id)?.length ?? 0) > 1;
  }

  did(next: Drawing, doing: string | null = null): void {
    this.notice.value = null; // it was about what stood before
    this.steps.value = taken.did(this.steps.peek(), next, doing);
    this.#letGo();
  }

  undo(): void {
    this.steps.value = taken.undone(this.steps.peek());
    this.#letGo();
  }

  again(): void {
    this.steps.value = taken.doneAgain(this.steps.peek());
    this.#letGo();
  }

  /** Neither a zone nor a corner that is there no longer stays in hand. */
  #letGo(): void {
    const zone = this.zone.peek();
    if (!zone) [this.chosen.value, this.corner.value] = [null, null];
    else if (this.corner.peek() && !positionAt(zone.outline, this.corner.peek()!)) this.corner.value = null;
  }

  /** A new zone, taken in hand; `said` is what else its source says of it. */
  add(outline: Outline, title: string, near?: Zone, said?: Zone["properties"]): Zone {
    const drawing = this.drawing.peek();
    const id = draw.freeName(drawing, draw.slug(title));
    const zone = { id, file: near?.file ?? `zones/${id}.geojson`, outline };
    this.did(draw.withNew(drawing, zone, title, said));
    this.choose(id);
    return draw.zoneIn(this.drawing.peek(), id)!;
  }

  isNew(id: string): boolean {
    return !draw.zoneIn(this.saved.value, id);
  }
}
