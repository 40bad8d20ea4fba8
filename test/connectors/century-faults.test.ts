import { afterEach, expect, test } from "vitest";
import type { Fault } from "../../src/sandbox/upstreams/protocol.ts";
import { lastCursor, observed } from "../support/connector-harness.ts";
import { centuryUpstream, closeUpstreams, folded } from "./century-upstream.ts";

afterEach(closeUpstreams);

test.each<[string, Fault]>([
  ["a 429 without any header", { kind: "429", retryAfter: "none", times: 2 }],
  ["a 429 with seconds", { kind: "429", retryAfter: "seconds", retryAfterSeconds: 2 }],
  ["a 429 with a date", { kind: "429", retryAfter: "date", retryAfterSeconds: 2 }],
  ["a 500 in HTML", { kind: "500", times: 3 }],
  ["a 502 in HTML", { kind: "502" }],
  ["a 503 in HTML", { kind: "503", times: 2 }],
  ["resets", { kind: "reset", times: 3 }],
  ["bodies cut in half", { kind: "truncated", times: 2 }],
])("%s in the middle of a pass leaves no trace", async (_name, fault) => {
  const up = await centuryUpstream();
  await up.control.inject({ after: 1, ...fault });
  const { pages, error } = await up.poll(null);
  expect(error).toBeNull();
  expect(folded(observed(pages))).toEqual(await up.truth());
});

test.each<[string, Fault, string]>([
  ["401", { kind: "401" }, "TIDEMARK_UPSTREAM_UNAUTHORIZED"],
  ["403", { kind: "403" }, "TIDEMARK_UPSTREAM_FORBIDDEN"],
  ["429", { kind: "429", retryAfter: "none" }, "TIDEMARK_UPSTREAM_THROTTLED"],
  ["500", { kind: "500" }, "TIDEMARK_UPSTREAM_UNAVAILABLE"],
  ["503", { kind: "503" }, "TIDEMARK_UPSTREAM_UNAVAILABLE"],
  ["resets", { kind: "reset" }, "TIDEMARK_UPSTREAM_UNAVAILABLE"],
  ["bodies cut in half", { kind: "truncated" }, "TIDEMARK_UPSTREAM_UNAVAILABLE"],
  ["empty bodies", { kind: "empty-body" }, "TIDEMARK_UPSTREAM_UNEXPECTED"],
  ["an undocumented shape", { kind: "wrong-shape" }, "TIDEMARK_UPSTREAM_UNEXPECTED"],
])("%s again and again ends the pass with its page before kept", async (_name, fault, code) => {
  const up = await centuryUpstream();
  await up.control.inject({ after: 1, times: 99, ...fault });
  const { pages, error } = await up.poll(null);
  expect(error).toMatchObject({ code });
  expect(pages).toHaveLength(1);
  await up.control.clearFaults();
  const rest = await up.poll(lastCursor(pages));
  expect(folded(observed([...pages, ...rest.pages]))).toEqual(await up.truth());
});

test("a wrong key costs one request and is not shown", async () => {
  const up = await centuryUpstream({}, { apiKey: "wr0ng-key" });
  const { error } = await up.poll(null);
  expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAUTHORIZED" });
  expect(String(error)).toMatch(/GET http:\S+\/api\/v1\/users answered 401: Unauthorized/);
  expect(await up.control.requests()).toHaveLength(1);
  expect(JSON.stringify([String(error), up.log.lines])).not.toContain("wr0ng");
});

test("told to stop, a slow request ends within a second", async () => {
  const up = await centuryUpstream();
  await up.control.inject({ kind: "slow", ms: 20_000 });
  const stop = new AbortController();
  const pass = up.poll(null, { signal: stop.signal });
  await expect.poll(async () => (await up.control.faults())[0]?.struck).toBe(1);
  const stoppedAt = performance.now();
  stop.abort(new Error("shutting down"));
  expect(String((await pass).error)).toContain("shutting down");
  expect(performance.now() - stoppedAt).toBeLessThan(1_000);
});
