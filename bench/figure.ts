import type { World } from "./world.ts";

/** One number of a bench. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** The plain script's number in the same run, where there is one. */
  baseline: number | null;
  ratio: number | null;
}

/** Measures some figures; everything it starts it also ends. */
export type Measurement = (world: World, scale: Scale) => Promise<Figure[]>;

/** How large a run is. */
export interface Scale {
  accounts: number;
  rounds: number;
}

export function figure(name: string, value: number, unit: string, baseline: number | null = null): Figure {
  return { name, value, unit, baseline, ratio: baseline === null ? null : value / baseline };
}

/** The middle one: a busy minute moves a mean, not a median. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
