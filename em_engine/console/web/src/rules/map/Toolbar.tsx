/** The tools of the map, and what of them can be set. */
import type { VNode } from "preact";
import type { Bench } from "./bench.ts";
import type { ZoneCanvas } from "./canvas.ts";
import { take } from "./deeds.ts";
import { save } from "./saving.ts";
import { HARMLESS, NEEDS_AREA, NEEDS_ZONE, TOOLS, type Tool } from "./toolbox.ts";
import { fill } from "../../words/index.ts";
import { zoneWords } from "./words.ts";

export function Toolbar({ bench, canvas }: { bench: Bench; canvas: ZoneCanvas | null }): VNode {
  const text = zoneWords();
  return (
    <div class="zone-tools">
      <div class="tools" role="toolbar" aria-label={text.tools}>
        {TOOLS.map((tool) => (
          <button
            key={tool}
            type="button"
            aria-pressed={bench.tool.value === tool}
            disabled={!mayUse(bench, tool)}
            title={text.hint[tool]}
            onClick={() => bench.hold(tool)}
          >
            {text.tool[tool]}
          </button>
        ))}
      </div>
      <Steps bench={bench} />
      <Settings bench={bench} canvas={canvas} />
    </div>
  );
}

function mayUse(bench: Bench, tool: Tool): boolean {
  if (bench.isReadOnly) return HARMLESS.has(tool);
  const zone = bench.zone.value;
  if (NEEDS_AREA.has(tool)) return zone !== undefined && zone.outline.radius_m === null;
  return zone !== undefined || !NEEDS_ZONE.has(tool);
}

/** Buttons that have nothing to do stay in place for the keyboard: one that is disabled loses it. */
function Steps({ bench }: { bench: Bench }): VNode | null {
  const text = zoneWords();
  if (bench.isReadOnly) return <span class="chip">{text.readOnly}</span>;
  const { before, after } = bench.steps.value;
  const { gone, put } = bench.unsaved.value;
  const count = gone.length + put.length;
  return (
    <div class="steps">
      <button type="button" aria-disabled={before.length === 0} onClick={() => bench.undo()}>
        {text.undo}
      </button>
      <button type="button" aria-disabled={after.length === 0} onClick={() => bench.again()}>
        {text.again}
      </button>
      <button
        type="button"
        class="primary"
        aria-disabled={count === 0 || bench.isBusy.value}
        onClick={() => void save(bench)}
      >
        {text.save}
      </button>
      <span class="unsaved">{count > 0 && fill(text.unsaved, count)}</span>
    </div>
  );
}

function Settings({ bench, canvas }: { bench: Bench; canvas: ZoneCanvas | null }): VNode {
  const text = zoneWords();
  return (
    <span class="settings">
      <button type="button" class="quiet" onClick={() => canvas?.fit(null)}>
        {text.fitAll}
      </button>
      <Switch of={bench.isSnapping} name={text.snap} />
      <Switch of={bench.isTracing} name={text.trace} />
    </span>
  );
}

/** How far a circle or corridor reaches; a circle of that reach can be set without a pointer. */
export function Reach({ bench, canvas }: { bench: Bench; canvas: ZoneCanvas | null }): VNode | null {
  const text = zoneWords();
  const tool = bench.tool.value;
  if (tool !== "circle" && tool !== "corridor") return null;
  return (
    <span class="reach">
      <label>
        {text.reach}{" "}
        <input
          type="number"
          min={1}
          max={100_000}
          step={1}
          value={bench.reach_m.value}
          onChange={(event) => (bench.reach_m.value = event.currentTarget.valueAsNumber || 1)}
        />
      </label>
      {tool === "circle" && canvas && (
        <button
          type="button"
          onClick={() => take(bench, { corners: [canvas.middle()], radius_m: bench.reach_m.value })}
        >
          {text.placeHere}
        </button>
      )}
    </span>
  );
}

function Switch({ of, name }: { of: Bench["isSnapping"]; name: string }): VNode {
  return (
    <label>
      <input
        type="checkbox"
        checked={of.value}
        onChange={(event) => (of.value = event.currentTarget.checked)}
      />{" "}
      {name}
    </label>
  );
}
