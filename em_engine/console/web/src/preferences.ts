/** How this desk likes its page: theme, and whether single keys are commands. */
import { effect, signal } from "@preact/signals";
import { remember, remembered } from "./memory.ts";

export const THEMES = ["dark", "light"] as const;
export type Theme = (typeof THEMES)[number];

/** Dark unless chosen otherwise: control rooms are. */
export const theme = signal<Theme>(remembered("theme", THEMES) ?? "dark");
/** WCAG 2.1.4: commands of a single character can be turned off, for those who dictate. */
export const singleKeys = signal(remembered("single-keys", ["on", "off"]) !== "off");

effect(() => {
  document.documentElement.dataset["theme"] = theme.value;
  remember("theme", theme.value);
});
effect(() => remember("single-keys", singleKeys.value ? "on" : "off"));
