import { type Rate, slowerRate } from "./rate.ts";
import { writtenAtMs } from "./written-at.ts";

/** What an answer says about its upstream's limit, as far as it can be relied on. */
export interface StatedLimits {
  /** The slowest of the rates whose window is told. */
  rate: Rate | null;
  /** How many requests are left until the window under way ends. */
  remaining: number | null;
  resetMs: number | null;
}

/** A larger number is a date in seconds, or garbage. */
const longestResetSeconds = 3_600;
/** Spread evenly, a limit per hour or day would make a first load crawl: of those only what remains counts. */
const longestWindowSeconds = 60;

/**
 * Reads `RateLimit-Limit | -Remaining | -Reset | -Policy`, `RateLimit`, and `X-RateLimit-*`; what is garbage counts as not said.
 * @param nowMs The time, where the headers do not tell it.
 * @returns null when nothing is said.
 * @see draft-ietf-httpapi-ratelimit-headers, whose versions differ: `limit=100, remaining=50, reset=5`, `100;w=60`, `"name";r=50;t=5`.
 */
export function statedLimits(headers: Record<string, string>, nowMs: number): StatedLimits | null {
  const combined = headers["ratelimit"];
  const policy = headers["ratelimit-policy"];
  const limit = headers["ratelimit-limit"] ?? headers["x-ratelimit-limit"];
  const parts = combined === undefined ? {} : tightest(itemsOf(combined));
  const remaining =
    whole(headers["ratelimit-remaining"]) ??
    whole(headers["x-ratelimit-remaining"]) ??
    parts.remaining ??
    null;
  const resetMs =
    inMs(headers["ratelimit-reset"]) ??
    soonMs(headers["x-ratelimit-reset"], headers, nowMs) ??
    inMs(parts.reset);
  const rate = slowest([policy, limit].flatMap((text) => (text === undefined ? [] : itemsOf(text))));
  return remaining === null && resetMs === null && rate === null ? null : { rate, remaining, resetMs };
}

/** One of the items between commas: what stands first, and its parameters. */
interface Item {
  first: string;
  parameters: ReadonlyMap<string, string>;
}

function itemsOf(text: string): Item[] {
  return text.split(",").map((item) => {
    const [first = "", ...rest] = item.split(";").map((part) => part.trim());
    return { first, parameters: new Map(rest.map(pairOf)) };
  });
}

function pairOf(text: string): [string, string] {
  const [name = "", value = ""] = text.split("=");
  return [name.trim().toLowerCase(), value.trim()];
}

/** Of `RateLimit`: its members, or of several policies the one with the least left. */
function tightest(items: readonly Item[]): { remaining?: number; reset?: string } {
  const members = new Map(items.map(({ first }) => pairOf(first)));
  const least = items
    .flatMap(({ parameters }) => {
      const remaining = whole(parameters.get("r"));
      const reset = parameters.get("t");
      return remaining === null || reset === undefined ? [] : [{ remaining, reset }];
    })
    .reduce<{ remaining: number; reset: string } | null>(
      (one, other) => (one === null || other.remaining < one.remaining ? other : one),
      null,
    );
  if (least !== null) return least;
  const remaining = whole(members.get("remaining"));
  const reset = members.get("reset");
  return { ...(remaining === null ? {} : { remaining }), ...(reset === undefined ? {} : { reset }) };
}

function slowest(items: readonly Item[]): Rate | null {
  const rates = items.flatMap(({ first, parameters }) => {
    const requests = whole(parameters.get("q") ?? first) ?? 0;
    const seconds = whole(parameters.get("w")) ?? 0;
    const counts = requests > 0 && seconds > 0 && seconds <= longestWindowSeconds;
    return counts ? [{ requests, perMs: seconds * 1_000 }] : [];
  });
  return rates.length === 0 ? null : rates.reduce(slowerRate);
}

function whole(text: string | undefined): number | null {
  return /^\d{1,15}$/.test(text?.trim() ?? "") ? Number(text) : null;
}

function inMs(text: string | undefined): number | null {
  const seconds = whole(text);
  return seconds === null || seconds > longestResetSeconds ? null : seconds * 1_000;
}

/** Seconds, or an instant in seconds or milliseconds. */
function soonMs(text: string | undefined, headers: Record<string, string>, nowMs: number): number | null {
  const number = whole(text);
  if (number === null || number <= longestResetSeconds) return inMs(text);
  const leftMs = (number < 1e11 ? number * 1_000 : number) - writtenAtMs(headers, nowMs);
  return leftMs < 0 || leftMs > longestResetSeconds * 1_000 ? null : leftMs;
}
