/** The corner in hand by numbers and buttons: all that dragging does, without dragging. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { fill } from "../../words/index.ts";
import type { Bench } from "./bench.ts";
import type { ZoneCanvas } from "./canvas.ts";
import * as deeds from "./deeds.ts";
import type { Zone } from "./drawing.ts";
import { cornersOf, positionAt, type Corner, type Position } from "./outline.ts";
import { zoneWords } from "./words.ts";

interface Asked {
  readonly bench: Bench;
  readonly zone: Zone;
  readonly canvas: ZoneCanvas | null;
}

export function CornerPanel({ bench, zone, canvas }: Asked): VNode {
  const text = zoneWords();
  const corner = bench.corner.value;
  const place = corner ? positionAt(zone.outline, corner) : undefined;
  const step = (by: 1 | -1): void => {
    deeds.step(bench, by);
    const at = bench.corner.value && positionAt(zone.outline, bench.corner.value);
    if (at) canvas?.reveal(at);
  };
  return (
    <section class="corner">
      <h2>{text.corner}</h2>
      <div class="buttons">
        <button type="button" onClick={() => step(-1)}>
          {text.previous}
        </button>
        <button type="button" onClick={() => step(1)}>
          {text.next}
        </button>
      </div>
      {!corner || !place ? (
        <p class="faint">{text.noCorner}</p>
      ) : (
        <Held bench={bench} zone={zone} corner={corner} place={place} />
      )}
    </section>
  );
}

interface Held {
  readonly bench: Bench;
  readonly zone: Zone;
  readonly corner: Corner;
  readonly place: Position;
}

function Held({ bench, zone, corner, place }: Held): VNode {
  const text = zoneWords();
  const all = cornersOf(zone.outline);
  const ring =
    corner.ring === 0 ? fill(text.inRing, corner.part + 1) : fill(text.inHole, corner.part + 1, corner.ring);
  const [lon, lat] = place;
  return (
    <>
      <p>
        {fill(text.cornerOf, deeds.indexOf(all, corner) + 1, all.length)} <span class="faint">{ring}</span>
      </p>
      <div class="pair">
        <Degrees name={text.lat} value={lat} most={90} bench={bench} put={(to) => [lon, to]} />
        <Degrees name={text.lon} value={lon} most={180} bench={bench} put={(to) => [to, lat]} />
      </div>
      {!bench.isReadOnly && <Moves bench={bench} />}
      {!bench.isReadOnly && <Deeds bench={bench} zone={zone} corner={corner} />}
    </>
  );
}

interface DegreesAsked {
  readonly name: string;
  readonly value: number;
  readonly most: number;
  readonly bench: Bench;
  readonly put: (to: number) => Position;
}

function Degrees({ name, value, most, bench, put }: DegreesAsked): VNode {
  const change = (typed: number): void => {
    if (Math.abs(typed) <= most) deeds.placeCorner(bench, put(typed));
  };
  return (
    <label class="field">
      {name}
      <input
        type="number"
        step="any"
        min={-most}
        max={most}
        value={value}
        readOnly={bench.isReadOnly}
        onChange={(event) => change(event.currentTarget.valueAsNumber)}
      />
    </label>
  );
}

function Moves({ bench }: { bench: Bench }): VNode {
  const text = zoneWords();
  const [by_m, setBy] = useState(1);
  const move = (name: string, east: number, north: number): VNode => (
    <button type="button" onClick={() => deeds.moveCorner(bench, east * by_m, north * by_m)}>
      {name}
    </button>
  );
  return (
    <div class="moves">
      <label>
        {text.moveBy}{" "}
        <input
          type="number"
          min={0.1}
          max={10_000}
          step="any"
          value={by_m}
          onChange={(event) => setBy(event.currentTarget.valueAsNumber || 1)}
        />
      </label>
      {move(text.toNorth, 0, 1)}
      {move(text.toWest, -1, 0)}
      {move(text.toEast, 1, 0)}
      {move(text.toSouth, 0, -1)}
    </div>
  );
}

function Deeds({ bench, zone, corner }: Omit<Held, "place">): VNode {
  const text = zoneWords();
  const isPart = corner.ring === 0;
  const canGo = !isPart || zone.outline.parts.length > 1;
  return (
    <div class="buttons">
      <button type="button" onClick={() => deeds.insertCorner(bench)}>
        {text.insert}
      </button>
      <button type="button" onClick={() => deeds.removeCorner(bench)}>
        {text.removeCorner}
      </button>
      <button type="button" onClick={() => deeds.snapCorner(bench)}>
        {text.snapCorner}
      </button>
      {canGo && (
        <button type="button" onClick={() => deeds.removeRing(bench)}>
          {isPart ? text.removePart : text.removeHole}
        </button>
      )}
    </div>
  );
}
