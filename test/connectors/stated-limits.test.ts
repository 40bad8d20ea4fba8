import { expect, test } from "vitest";
import { type StatedLimits, statedLimits } from "../../src/connectors/stated-limits.ts";

const nowMs = Date.parse("2026-05-01T12:00:00Z");
const soon = nowMs / 1_000 + 30;

test.each<[Record<string, string>, StatedLimits | null]>([
  // Kombo, and drafts 0 to 6: a window that is not told makes no rate.
  [
    { "ratelimit-limit": "300", "ratelimit-remaining": "299", "ratelimit-reset": "42" },
    { rate: null, remaining: 299, resetMs: 42_000 },
  ],
  [
    { "ratelimit-limit": "100, 100;w=10, 1000;w=3600", "ratelimit-remaining": "5", "ratelimit-reset": "3" },
    { rate: { requests: 100, perMs: 10_000 }, remaining: 5, resetMs: 3_000 },
  ],
  // Draft 7.
  [
    { ratelimit: "limit=100, remaining=50, reset=5", "ratelimit-policy": "100;w=10" },
    { rate: { requests: 100, perMs: 10_000 }, remaining: 50, resetMs: 5_000 },
  ],
  // From draft 8 on: the policy with the least left, and the slowest rate.
  [
    {
      ratelimit: '"burst";r=20;t=2, "minute";r=4;t=33',
      "ratelimit-policy": '"burst";q=50;w=1, "minute";q=600;w=60, "daily";q=1000;w=86400',
    },
    { rate: { requests: 600, perMs: 60_000 }, remaining: 4, resetMs: 33_000 },
  ],
  [
    { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "7" },
    { rate: null, remaining: 0, resetMs: 7_000 },
  ],
  [
    { "x-ratelimit-remaining": "1", "x-ratelimit-reset": String(soon) },
    { rate: null, remaining: 1, resetMs: 30_000 },
  ],
  [
    { "x-ratelimit-remaining": "1", "x-ratelimit-reset": String(soon * 1_000) },
    { rate: null, remaining: 1, resetMs: 30_000 },
  ],
  // Garbage, the past, and what is too far away to wait for.
  [{ "x-ratelimit-reset": String(soon - 60) }, null],
  [{ "x-ratelimit-reset": String(soon + 7_200) }, null],
  [{ "ratelimit-limit": "many", "ratelimit-remaining": "-1", "ratelimit-reset": "1.5" }, null],
  [{ ratelimit: '"x";r=a;t=b, ;;=,', "ratelimit-policy": "0;w=10, 10;w=0, ;w, q=5" }, null],
  [{ "ratelimit-remaining": "9".repeat(400) }, null],
  [{ "content-type": "application/json" }, null],
  [{}, null],
])("%j says %j", (headers, limits) => {
  expect(statedLimits(headers, nowMs)).toEqual(limits);
});
