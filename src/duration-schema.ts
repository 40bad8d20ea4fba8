import { z } from "zod";
import { durationMs } from "./core/duration.ts";

const duration = z
  .string("it must be a duration with its unit, such as 60s, 5m or 6h")
  .transform((text, context) => {
    const ms = durationMs(text);
    if (ms !== null) return ms;
    context.addIssue({
      code: "custom",
      message: `${text} is not a duration; write a number with its unit, such as 60s, 5m or 6h`,
    });
    return z.NEVER;
  });

/** A duration in the configuration, such as `60s`, which must not be shorter than this; it becomes milliseconds. */
export function atLeast(leastMs: number, text: string) {
  return duration.refine((ms) => ms >= leastMs, `it must be at least ${text}`);
}
