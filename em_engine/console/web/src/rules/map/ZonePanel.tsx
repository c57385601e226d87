/** The zone in hand: what it is called, who uses it, how large it is, whether its outline is right. */
import type { VNode } from "preact";
import { fill } from "../../words/index.ts";
import { NameField, OFFERED_MAX } from "../NameField.tsx";
import { hint, message } from "../words.ts";
import type { Bench } from "./bench.ts";
import type { ZoneCanvas } from "./canvas.ts";
import { ChangePanel } from "./ChangePanel.tsx";
import { CornerPanel } from "./CornerPanel.tsx";
import { repair } from "./deeds.ts";
import { slug, titleOf, withPlace, withTitle, zoneIn, type Zone } from "./drawing.ts";
import { covered_m2, length_m } from "./metres.ts";
import { cornersOf, type Outline } from "./outline.ts";
import { area, length, zoneWords } from "./words.ts";

export function ZonePanel({ bench, canvas }: { bench: Bench; canvas: ZoneCanvas | null }): VNode {
  const zone = bench.zone.value;
  const text = zoneWords();
  if (!zone) return <aside class="zone-panel faint">{text.nothingHeld}</aside>;
  return (
    <aside class="zone-panel" aria-label={titleOf(zone)}>
      <Names bench={bench} zone={zone} />
      <Users bench={bench} zone={zone} />
      <Figures bench={bench} zone={zone} />
      <Checks bench={bench} canvas={canvas} />
      <CornerPanel bench={bench} zone={zone} canvas={canvas} />
      {!bench.isReadOnly && <ChangePanel key={zone.id} bench={bench} zone={zone} />}
      <div class="buttons">
        <button type="button" onClick={() => canvas?.fit(zone.id)}>
          {text.fit}
        </button>
        {!bench.isReadOnly && !bench.isNew(zone.id) && (
          <button type="button" onClick={() => (bench.asking.value = { what: "rename", zone })}>
            {text.rename}
          </button>
        )}
        {!bench.isReadOnly && (
          <button type="button" onClick={() => (bench.asking.value = { what: "remove", zone })}>
            {text.remove}
          </button>
        )}
      </div>
    </aside>
  );
}

function Names({ bench, zone }: { bench: Bench; zone: Zone }): VNode {
  const text = zoneWords();
  const isFree = bench.isNew(zone.id) && !bench.isReadOnly;
  return (
    <div class="names">
      <label class="field">
        {text.name}
        <input
          value={titleOf(zone)}
          readOnly={bench.isReadOnly}
          maxLength={200}
          onChange={(event) => rename(bench, zone, event.currentTarget.value.trim())}
        />
      </label>
      {isFree && <PlaceOfNew bench={bench} zone={zone} />}
      {!isFree && (
        <p class="faint">
          {zone.id} · {zone.file}
        </p>
      )}
    </div>
  );
}

/** A new zone's id follows its name until it is saved. */
function rename(bench: Bench, zone: Zone, title: string): void {
  if (title === "") return;
  const titled = withTitle(bench.drawing.value, zone.id, title);
  const follows = bench.isNew(zone.id) && zone.id.startsWith(slug(titleOf(zone)));
  bench.did(titled);
  if (follows) put(bench, zone, slug(title), zone.file);
}

/** A new zone under that id in that file, unless the id has an owner. */
function put(bench: Bench, zone: Zone, wanted: string, wantedFile: string): void {
  const id = slug(wanted);
  const isTaken = id !== zone.id && zoneIn(bench.drawing.value, id) !== undefined;
  if (id === "" || isTaken) return;
  const file = wantedFile === ownFile(zone.id) ? ownFile(id) : wantedFile;
  bench.did(withPlace(bench.drawing.value, zone.id, { id, file }));
  bench.choose(id);
}

const ownFile = (id: string): string => `zones/${id}.geojson`;

function PlaceOfNew({ bench, zone }: { bench: Bench; zone: Zone }): VNode {
  const text = zoneWords();
  // The file of a zone that was drawn beside one not saved yet is itself not there yet.
  const known = [...new Set([...bench.files.value, zone.file])];
  const files = known.filter((file) => file !== ownFile(zone.id));
  return (
    <>
      <label class="field">
        {text.id}
        <input
          value={zone.id}
          maxLength={100}
          onChange={(event) => put(bench, zone, event.currentTarget.value, zone.file)}
        />
      </label>
      <label class="field">
        {text.file}
        {files.length > OFFERED_MAX ? (
          <NameField
            key={zone.id}
            names={[ownFile(zone.id), ...files]}
            first={zone.file}
            choose={(file) => put(bench, zone, zone.id, file)}
          />
        ) : (
          <select
            value={zone.file}
            onChange={(event) => put(bench, zone, zone.id, event.currentTarget.value)}
          >
            <option value={ownFile(zone.id)}>{text.ownFile}</option>
            {files.map((file) => (
              <option key={file} value={file}>
                {file}
              </option>
            ))}
          </select>
        )}
      </label>
    </>
  );
}

const SHOWN_MAX = 8;

function Users({ bench, zone }: { bench: Bench; zone: Zone }): VNode {
  const text = zoneWords();
  const users = bench.uses.value.get(zone.id) ?? [];
  return (
    <section>
      <h2>{text.orders}</h2>
      {users.length > 1 && <p class="shared">{fill(text.sharedNote, users.length)}</p>}
      {users.length === 0 && <p class="faint">{text.removeUnused}</p>}
      <ul class="users">
        {users.slice(0, SHOWN_MAX).map(({ order, conditions }) => (
          <li key={order}>
            {order} <span class="faint">{conditions.join(", ")}</span>
          </li>
        ))}
        {users.length > SHOWN_MAX && <li class="faint">+ {users.length - SHOWN_MAX}</li>}
      </ul>
    </section>
  );
}

/** The server's figures where it has looked, until then the page's own. */
function Figures({ bench, zone }: { bench: Bench; zone: Zone }): VNode {
  const text = zoneWords();
  const { outline } = zone;
  const figures = bench.shape.value?.figures;
  const holes = outline.parts.reduce((sum, rings) => sum + rings.length - 1, 0);
  const isReach = outline.radius_m !== null;
  return (
    <dl class="figures">
      <dt>{text.area}</dt>
      <dd>{area(figures?.area_m2 ?? covered_m2(outline))}</dd>
      <dt>{text.edge}</dt>
      <dd>{length(figures?.perimeter_m ?? edge_m(outline))}</dd>
      <dt>{text.corners}</dt>
      <dd>{cornersOf(outline).length}</dd>
      {!isReach && <dt>{text.partsAndHoles}</dt>}
      {!isReach && (
        <dd>
          {outline.parts.length}, {holes}
        </dd>
      )}
      {isReach && <dt>{text.radius}</dt>}
      {isReach && (
        <dd>
          <input
            type="number"
            aria-label={text.reach}
            min={1}
            max={100_000}
            step={1}
            value={outline.radius_m ?? 0}
            readOnly={bench.isReadOnly}
            onChange={(event) => widened(bench, zone, event.currentTarget.valueAsNumber)}
          />{" "}
          m
        </dd>
      )}
    </dl>
  );
}

const edge_m = ({ parts, radius_m }: Outline): number =>
  radius_m === null
    ? parts.flat().reduce((sum, ring) => sum + length_m(ring, true), 0)
    : 2 * Math.PI * radius_m + 2 * length_m(parts[0]?.[0] ?? [], false);

function widened(bench: Bench, zone: Zone, radius_m: number): void {
  if (radius_m > 0) bench.redraw(zone.id, { ...zone.outline, radius_m });
}

function Checks({ bench, canvas }: { bench: Bench; canvas: ZoneCanvas | null }): VNode {
  const text = zoneWords();
  const [flaws, shape] = [bench.flaws.value, bench.shape.value];
  const messages = (shape?.problems ?? []).map((flaw) =>
    [message(flaw), hint(flaw)].filter(Boolean).join(" · "),
  );
  const isRight = flaws.length === 0 && shape?.is_valid === true;
  return (
    <section aria-live="polite" class={isRight ? "checks" : flaws.length > 0 ? "checks bad" : "checks"}>
      <h2>{text.checks}</h2>
      {isRight && <p class="right">✓ {text.valid}</p>}
      {!isRight && flaws.length === 0 && !shape && <p class="faint">{text.checking}</p>}
      {flaws.length > 0 && (
        <p class="wrong">✕ {flaws.length === 1 ? text.crossesOnce : fill(text.crosses, flaws.length)}</p>
      )}
      {[...new Set(messages)].map((told) => (
        <p key={told}>{told}</p>
      ))}
      <div class="buttons">
        {flaws.slice(0, 5).map((place, at) => (
          <button key={place.join()} type="button" onClick={() => canvas?.reveal(place, true)}>
            {fill(text.goThere, at + 1)}
          </button>
        ))}
        {shape?.repaired && !bench.isReadOnly && (
          <button type="button" onClick={() => repair(bench)}>
            {text.repair}
          </button>
        )}
      </div>
    </section>
  );
}
