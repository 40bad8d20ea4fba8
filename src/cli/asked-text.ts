import type { IntentVerb, Overview } from "../ports/store.ts";
import { wrap } from "./wrap.ts";

export type AskedOfSource = Extract<IntentVerb, "pause" | "resume" | "poll" | "sweep">;

/** A source right before it was asked for something. */
type Asked = Pick<
  Overview["sources"][number],
  "name" | "everyMs" | "isLoaded" | "sweeping" | "sweepNotOffered"
>;

/** What is true once a source's owner has done what was asked, and what to type next, in 80 columns. */
export function askedText(verb: AskedOfSource, source: Asked): string {
  const { name } = source;
  if (verb === "pause") return `${name} is paused\n  To let it go on: tidemark source resume ${name}`;
  if (verb === "resume") return `${name} is resumed`;
  const due = verb === "poll" ? "a poll is due now" : sweepText(source);
  return `${wrap(`${name}: ${due}`)}\n  To see what it did: tidemark source show ${name}`;
}

/** A sweep that was asked for may be one that had begun before, come later, or prove nothing. */
function sweepText({ everyMs, isLoaded, sweeping, sweepNotOffered }: Asked): string {
  if (!isLoaded && everyMs !== null) return "a sweep is due when its first load has ended";
  if (sweeping) return "the sweep that is under way goes on now, from where it was";
  if (sweepNotOffered !== null)
    return `a sweep is due now, although its upstream last offered none: ${sweepNotOffered}`;
  return "a sweep is due now";
}
