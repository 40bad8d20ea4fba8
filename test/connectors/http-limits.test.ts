import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { type Budget, budget } from "../../src/connectors/budget.ts";
import { httpClient } from "../../src/connectors/http-client.ts";
import type { HttpRequest } from "../../src/ports/http.ts";
import { impatientClock, recordingLog, recordingMetrics } from "../support/connector-harness.ts";

type Answer = [status: number, headers: Record<string, string>, body?: string];

/** A client of an upstream that gives these answers, the last one again and again, and what its budget is told. */
async function setup(...answers: Answer[]) {
  let asked = 0;
  const server: Server = createServer((_request, response) => {
    const [status, headers, body = "{}"] = answers[Math.min(asked++, answers.length - 1)] ?? [500, {}];
    response.sendDate = false;
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const clock = impatientClock();
  const real = budget({ requests: 1_000_000, perMs: 1_000 }, clock);
  const told: unknown[] = [];
  const watched: Budget = {
    ...real,
    holdOff: (ms) => (told.push({ holdOff: ms }), real.holdOff(ms)),
    slowDown: (startedAtMs) => (told.push("slowDown"), real.slowDown(startedAtMs)),
    learn: (limits) => (told.push({ learn: limits }), real.learn(limits)),
  };
  const client = httpClient({
    clock,
    metrics: recordingMetrics(),
    random: { fraction: () => 0.5, nonce: () => "1" },
  });
  onTestFinished(async () => {
    await client.close();
    await new Promise((resolve) => server.close(resolve));
  });
  const http = client.httpFor({
    source: "test",
    isUrgent: true,
    budget: watched,
    secrets: [],
    signal: new AbortController().signal,
    leaseLeftMs: () => Number.POSITIVE_INFINITY,
    signs: { show: () => undefined, during: (wait) => wait },
    log: recordingLog(),
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    told,
    clock,
    asked: () => asked,
    request: (more: Partial<HttpRequest> = {}) => http.request({ url, ...more }),
  };
}

const ok: Answer = [200, {}];

test.each<[string, Answer, Partial<HttpRequest>]>([
  ["a 429 without numbers", [429, {}], {}],
  ["a 503 that names a delay", [503, { "retry-after": "1" }], {}],
  [
    "a vendor's own code",
    [200, {}, '"slow"'],
    { judge: ({ body }) => (body === '"slow"' ? "throttled" : null) },
  ],
])("%s slows the group down", async (_name, throttle, request) => {
  const upstream = await setup(throttle, ok);
  await upstream.request(request);
  expect(upstream.told).toContain("slowDown");
});

test.each<[string, Answer]>([
  ["a server error", [500, {}]],
  ["a 503 without a delay", [503, {}]],
  ["an answer", [404, {}]],
])("%s does not", async (_name, answer) => {
  const upstream = await setup(answer, ok);
  await upstream.request();
  expect(upstream.told).toEqual([]);
});

test("every answer may say what is left, relative to its own clock", async () => {
  const headers = {
    date: "Fri, 01 May 2026 12:00:00 GMT",
    "x-ratelimit-remaining": "5",
    "x-ratelimit-reset": String(Date.parse("2026-05-01T12:00:09Z") / 1_000),
  };
  const upstream = await setup([500, headers], [200, headers]);
  await upstream.request();
  const learn = { rate: null, remaining: 5, resetMs: 9_000 };
  expect(upstream.told).toEqual([{ learn }, { learn }]);
});

test("Retry-After wins over when a limit starts anew", async () => {
  const limits = { "ratelimit-remaining": "0", "ratelimit-reset": "25" };
  const upstream = await setup([429, { ...limits, "retry-after": "3" }], ok);
  await upstream.request();
  expect(upstream.told).toEqual([{ holdOff: 3_000 }, "slowDown"]);
  expect(Math.max(...upstream.clock.slept)).toBe(3_000);
});

test("who has used up what was left asks again when the limit starts anew, and leaves a long wait to the scheduler", async () => {
  const left = (resetSeconds: number): Answer => [
    200,
    { "ratelimit-remaining": "0", "ratelimit-reset": String(resetSeconds) },
  ];
  const upstream = await setup(left(20), left(50));
  await upstream.request();
  const askedAtMs = upstream.clock.monotonicMs();
  await upstream.request();
  expect(upstream.clock.monotonicMs() - askedAtMs).toBeGreaterThanOrEqual(19_900);
  await expect(upstream.request()).rejects.toMatchObject({ code: "TIDEMARK_UPSTREAM_THROTTLED" });
  expect(upstream.asked()).toBe(2);
});
