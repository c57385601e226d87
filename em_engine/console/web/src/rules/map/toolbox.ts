/** What the hand on the map can be at. */
export const TOOLS = [
  "edit",
  "move",
  "area",
  "circle",
  "corridor",
  "part",
  "hole",
  "cut",
  "split",
  "measure",
] as const;
export type Tool = (typeof TOOLS)[number];

/** What is drawn with a tool; null where nothing is, and what stands there is taken hold of. */
export const SKETCHED: Readonly<Record<Tool, "Polygon" | "LineString" | "Circle" | null>> = {
  edit: null,
  move: null,
  area: "Polygon",
  circle: "Circle",
  corridor: "LineString",
  part: "Polygon",
  hole: "Polygon",
  cut: "Polygon",
  split: "LineString",
  measure: "LineString",
};

/** Tools that work on the zone in hand, and so need one. */
export const NEEDS_ZONE: ReadonlySet<Tool> = new Set(["move", "part", "hole", "cut", "split"]);
/** Tools for a zone that has an outline of its own. */
export const NEEDS_AREA: ReadonlySet<Tool> = new Set(["part", "hole", "split"]);
/** Who may only read can still look and measure. */
export const HARMLESS: ReadonlySet<Tool> = new Set(["edit", "measure"]);
