import { numberOption } from "./options.ts";

/** What takes a `--pace`. */
export interface PaceOption {
  pace?: string;
}

/** So many per second; null: no limit. @throws ConfigError unless it is a number from 1 on */
export function paceOf({ pace }: PaceOption): number | null {
  return pace === undefined ? null : Math.ceil(numberOption("--pace", pace, 1, 1_000_000));
}
