import type { World } from "./world.ts";

/** One number of a bench; what `--json` prints a line of. */
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
  return quantile(values, 0.5);
}

/** @param part 0.99 for the value that 99 % of them do not exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
}

const threeDigits = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const whole = new Intl.NumberFormat("en");

/** A measured number as people read it: no bench is good for more than three digits. */
export function shown(value: number): string {
  return threeDigits.format(value);
}

/** A number that was counted or chosen. */
export function counted(value: number): string {
  return whole.format(value);
}
