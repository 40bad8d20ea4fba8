import { ago } from "./ago.ts";

/** An instant for a person, to the minute, and how long ago that is. */
export function since(at: string, nowMs: number): string {
  const age = ago(nowMs - Date.parse(at));
  return `${at.slice(0, 16)}Z (${age === "now" ? "just now" : `${age} ago`})`;
}
