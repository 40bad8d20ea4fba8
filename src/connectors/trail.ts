import { createHash } from "node:crypto";
import { z } from "zod";
import type { JsonValue } from "../core/json.ts";

/** How far a list was followed, and one page on the way that would be recognised. */
export const trailSchema = z.object({
  steps: z.number().int().nonnegative(),
  /** Digest of a page; null at the start. */
  landmark: z.string().nullable(),
});

/** How far a list was followed. */
export type Trail = z.infer<typeof trailSchema>;

/** The beginning of a list. */
export const trailhead: Trail = { steps: 0, landmark: null };

/**
 * One page further in a list whose pages name the next one; null when the list leads in a circle.
 * It remembers one page only, ever later ones (Brent's method), so a circle is noticed within three rounds and a stored trail stays small.
 * @param page What tells this page from every other one, such as the ids on it.
 */
export function followed(trail: Trail, page: JsonValue): Trail | null {
  const digest = createHash("sha256").update(JSON.stringify(page)).digest("hex").slice(0, 32);
  if (digest === trail.landmark) return null;
  const steps = trail.steps + 1;
  const isPowerOfTwo = (steps & (steps - 1)) === 0;
  return { steps, landmark: isPowerOfTwo ? digest : trail.landmark };
}
