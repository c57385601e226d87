/** The map's colours: a dark room's and a lit one's. Saturated colour is kept for what is wrong. */
import type { Severity } from "../model.ts";
import type { Theme } from "../preferences.ts";

export interface Palette {
  readonly land: string;
  readonly border: string;
  readonly district: string;
  readonly road: Readonly<Record<string, string>>;
  readonly casing: string;
  readonly name: string;
  readonly faintName: string;
  readonly halo: string;
  readonly severity: Readonly<Record<Severity, string>>;
  readonly exclusion: string;
  readonly inclusion: string;
  readonly trail: string;
  readonly wearer: string;
  readonly other: string;
  readonly ink: string;
}

export const PALETTES: Readonly<Record<Theme, Palette>> = {
  dark: {
    land: "#1d2328",
    border: "#39434c",
    district: "#2d363e",
    road: {
      motorway: "#64707b",
      primary: "#56616b",
      secondary: "#47515a",
      street: "#363f47",
      path: "#333c3a",
      rail: "#4f4a5c",
      tram: "#453f55",
      metro: "#453f55",
      ferry: "#2c4656",
    },
    casing: "#14191d",
    name: "#aeb8c1",
    faintName: "#7f8b96",
    halo: "#161b20",
    severity: { critical: "#ff5c5c", high: "#f0973a", medium: "#e6c84c", low: "#8fb4d6" },
    exclusion: "#ff6b6b",
    inclusion: "#5fb3a3",
    trail: "#c9d3dc",
    wearer: "#e8edf2",
    other: "#c79bff",
    ink: "#e8edf2",
  },
  light: {
    land: "#edeff0",
    border: "#b4bcc3",
    district: "#cfd5da",
    road: {
      motorway: "#b9a98a",
      primary: "#ffffff",
      secondary: "#ffffff",
      street: "#ffffff",
      path: "#c3d1bd",
      rail: "#a59db4",
      tram: "#c0b6d0",
      metro: "#c0b6d0",
      ferry: "#93b1c6",
    },
    casing: "#c3c9ce",
    name: "#4b555e",
    faintName: "#68737d",
    halo: "#f4f5f6",
    severity: { critical: "#c4161c", high: "#b45309", medium: "#8a6a00", low: "#31648f" },
    exclusion: "#c4161c",
    inclusion: "#0f766e",
    trail: "#3b444c",
    wearer: "#1b2228",
    other: "#6d28d9",
    ink: "#1b2228",
  },
};
