import { ago } from "./ago.ts";

/** An instant for a person, to the minute, and how long ago that is. */
export function since(at: string, nowMs: number): string {
  return `${at.slice(0, 16)}Z (${ago(nowMs - Date.parse(at))} ago)`;
}
