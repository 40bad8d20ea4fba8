import type { SimulatedClock } from "./clock.ts";

/** The header that says when to come back, in either of its two forms, or no header. */
export function retryAfter(
  form: "seconds" | "date" | "none",
  seconds: number,
  clock: SimulatedClock,
): { "retry-after"?: string } {
  if (form === "none") return {};
  if (form === "seconds") return { "retry-after": String(seconds) };
  // Rounded up: an HTTP date has whole seconds, and coming back early would be refused again.
  const at = Math.ceil(clock.now() / 1000 + seconds) * 1000;
  return { "retry-after": new Date(at).toUTCString() };
}
