import { type RequestListener, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { budget } from "../../src/connectors/budget.ts";
import type { ExchangeLimits } from "../../src/connectors/exchange.ts";
import { httpClient } from "../../src/connectors/http-client.ts";
import type { HttpVerdict } from "../../src/ports/http.ts";
import type { SignsOfLife } from "../../src/ports/signs-of-life.ts";
import { impatientClock, recordingLog, recordingMetrics } from "../support/connector-harness.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of cleanups.splice(0)) await close();
});

/** A server that answers request n (from 0) with the n-th listener, the last one again and again. */
async function setup(listeners: RequestListener[], limits: Partial<ExchangeLimits> = {}) {
  let asked = 0;
  const server: Server = createServer((request, response) => {
    const listener = listeners[Math.min(asked++, listeners.length - 1)];
    listener?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const clock = impatientClock();
  const log = recordingLog();
  const metrics = recordingMetrics();
  const client = httpClient({ clock, metrics, random: { fraction: () => 0.5, nonce: () => "1" } }, limits);
  const stop = new AbortController();
  const lease = { leftMs: Number.POSITIVE_INFINITY };
  const life: string[] = [];
  const signs: SignsOfLife = {
    show: () => void life.push("sign"),
    during: (wait) => (life.push("wait"), wait),
  };
  const shared = budget({ requests: 1_000_000, perMs: 1_000 }, clock);
  const httpFor = (source = "test") =>
    client.httpFor({
      source,
      isUrgent: true,
      budget: shared,
      secrets: ["s3cr/t value"],
      signal: stop.signal,
      leaseLeftMs: () => lease.leftMs,
      signs,
      log,
    });
  cleanups.push(
    () => client.close(),
    () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  );
  const url = `http://127.0.0.1:${port}/list?key=${encodeURIComponent("s3cr/t value")}`;
  return { http: httpFor(), httpFor, url, clock, log, metrics, stop, lease, life, asked: () => asked };
}

const ok: RequestListener = (_request, response) => void response.end('{"ok":true}');
const status =
  (code: number, headers: Record<string, string> = {}, body = "<html>sorry</html>"): RequestListener =>
  (_request, response) =>
    void response.writeHead(code, { "content-type": "text/html", ...headers }).end(body);
const reset: RequestListener = (request) => void request.socket.destroy();
const cut: RequestListener = (request, response) => {
  response.writeHead(200, { "content-length": "1000" });
  response.write('{"half":', () => request.socket.destroy());
};

describe("what may pass is tried again, three times", () => {
  test.each([
    ["a 500 with an HTML body", status(500)],
    ["a 502", status(502)],
    ["a 503 without Retry-After", status(503)],
    ["a 408", status(408)],
    ["a 429 without Retry-After", status(429)],
    ["a reset", reset],
    ["a body that is cut short", cut],
    ["JSON that is cut short in a body that is whole", status(200, {}, '{"items":[1,2')],
    ["a gzip body that is cut short", cutGzip],
  ])("%s", async (_name, trouble) => {
    const up = await setup([trouble, trouble, trouble, ok]);
    expect((await up.http.request({ url: up.url })).json()).toEqual({ ok: true });
    expect(up.asked()).toBe(4);
  });

  test.each([
    ["TIDEMARK_UPSTREAM_UNAVAILABLE", "a 500", status(500)],
    ["TIDEMARK_UPSTREAM_UNAVAILABLE", "a 503 without Retry-After", status(503)],
    ["TIDEMARK_UPSTREAM_UNAVAILABLE", "a reset", reset],
    ["TIDEMARK_UPSTREAM_THROTTLED", "a 429 without Retry-After", status(429)],
    ["TIDEMARK_UPSTREAM_THROTTLED", "a 503 with Retry-After", status(503, { "retry-after": "1" })],
  ])("then it is %s (%s)", async (code, _name, trouble) => {
    const up = await setup([trouble]);
    await expect(up.http.request({ url: up.url })).rejects.toMatchObject({ code });
    expect(up.asked()).toBe(4);
  });
});

test.each([200, 204, 302, 400, 401, 403, 404, 409, 501])(
  "a %i is the connector's to judge, at once",
  async (code) => {
    const up = await setup([status(code, { location: "http://127.0.0.1:1/elsewhere" }, "")]);
    expect((await up.http.request({ url: up.url })).status).toBe(code);
    expect(up.asked()).toBe(1);
  },
);

test("every answer, whatever it is, and every wait for the budget is a sign of life of the pass", async () => {
  const up = await setup([status(503), reset, ok]);
  await up.http.request({ url: up.url });
  expect(up.life).toEqual(["wait", "sign", "wait", "sign", "wait", "sign"]);
});

describe("Retry-After", () => {
  test("in seconds is obeyed, and metered", async () => {
    const up = await setup([status(429, { "retry-after": "7" }), ok]);
    await up.http.request({ url: up.url });
    expect(Math.max(...up.clock.slept)).toBe(7_000);
    expect(up.metrics.throttledSeconds).toEqual([7]);
  });

  test("as a date is relative to the clock that wrote it, not to ours", async () => {
    const dates = { date: "Fri, 01 May 2026 12:00:00 GMT", "retry-after": "Fri, 01 May 2026 12:00:09 GMT" };
    const up = await setup([status(429, dates), ok]);
    await up.http.request({ url: up.url });
    expect(Math.max(...up.clock.slept)).toBe(9_000);
  });

  test.each([429, 503])("of more than 30 s is the scheduler's to wait (%i)", async (code) => {
    const up = await setup([status(code, { "retry-after": "31" })]);
    const throttled = { code: "TIDEMARK_UPSTREAM_THROTTLED", retryAfterMs: 31_000 };
    await expect(up.http.request({ url: up.url })).rejects.toMatchObject(throttled);
    expect(up.asked()).toBe(1);
  });

  test("holds for the other sources of the group too", async () => {
    const up = await setup([status(429, { "retry-after": "60" }), ok]);
    await expect(up.http.request({ url: up.url })).rejects.toThrow("429");
    const other = up.httpFor("other").request({ url: up.url });
    await expect(other).rejects.toMatchObject({
      code: "TIDEMARK_UPSTREAM_THROTTLED",
      retryAfterMs: expect.any(Number),
    });
    expect(up.asked()).toBe(1);
  });
});

test("a whole body that is not JSON is unexpected, and no parser's words quote it", async () => {
  const up = await setup([status(200, {}, "<html>please log in</html>"), status(200, {}, "")]);
  const page = await up.http.request({ url: up.url });
  expect(() => page.json()).toThrow(expect.objectContaining({ code: "TIDEMARK_UPSTREAM_UNEXPECTED" }));
  expect(() => page.json()).not.toThrow("please log in");
  const empty = await up.http.request({ url: up.url });
  expect(() => empty.json()).toThrow("empty body");
});

test("gzip is asked for and decoded", async () => {
  const up = await setup([
    (request, response) => {
      const body = gzipSync(JSON.stringify({ asked: request.headers["accept-encoding"] }));
      response.writeHead(200, { "content-encoding": "gzip" }).end(body);
    },
  ]);
  expect((await up.http.request({ url: up.url })).json()).toEqual({ asked: "gzip" });
});

test.each([
  ["plain", "", (text: string) => Buffer.from(text)],
  ["unpacked", "gzip", (text: string) => gzipSync(text)],
])("a body that is too large (%s) is not read to its end", async (_name, encoding, packed) => {
  const body = packed(JSON.stringify("x".repeat(200_000)));
  const up = await setup(
    [(_request, response) => void response.writeHead(200, { "content-encoding": encoding }).end(body)],
    {
      maxBodyBytes: 100_000,
    },
  );
  await expect(up.http.request({ url: up.url })).rejects.toMatchObject({
    code: "TIDEMARK_UPSTREAM_UNEXPECTED",
  });
});

test.each([
  ["headers that do not come", { headersTimeoutMs: 50 }, () => {}],
  ["a body that falls silent", { bodyTimeoutMs: 50 }, silent],
  ["a body that only trickles", { wholeTimeoutMs: 200 }, trickle],
] satisfies [string, Partial<ExchangeLimits>, RequestListener][])(
  "%s time out and are tried again",
  async (_name, limits, slow) => {
    const up = await setup([slow, ok], limits);
    expect((await up.http.request({ url: up.url })).json()).toEqual({ ok: true });
  },
);

test.each([
  ["an answer that does not come", () => {}],
  ["a body that trickles", trickle],
] satisfies [string, RequestListener][])(
  "%s is given up within a second of being told to stop",
  async (_name, slow) => {
    const up = await setup([slow]);
    const answer = up.http.request({ url: up.url });
    await expect.poll(up.asked).toBe(1);
    const stoppedAt = performance.now();
    up.stop.abort(new Error("shutting down"));
    await expect(answer).rejects.toThrow("shutting down");
    expect(performance.now() - stoppedAt).toBeLessThan(1_000);
  },
);

test("secrets are in no error and no log line, and request ids are", async () => {
  const up = await setup([
    status(500, { "x-request-id": "req-1" }),
    (request) => void request.socket.destroy(new Error("s3cr/t value")),
    status(500, { "x-request-id": "req-2" }),
  ]);
  const error: unknown = await up.http.request({ url: up.url }).catch((failure: unknown) => failure);
  const told = JSON.stringify([up.log.lines, String(error)]);
  expect(told).toContain("req-1");
  expect(told).toContain("req-2");
  expect(told).not.toContain("s3cr");
  expect(up.http.redact("bad key s3cr/t value,\n s3cr%2Ft%20value, s3cr%2Ft+value")).toBe(
    "bad key ***, ***, ***",
  );
});

test("a deprecated address is logged once per source", async () => {
  const up = await setup([status(200, { "x-deprecated": "true" }, "{}")]);
  for (const source of ["one", "one", "two"]) await up.httpFor(source).request({ url: up.url });
  expect(up.log.lines.map(({ message }) => message)).toEqual(["upstream.deprecated", "upstream.deprecated"]);
});

test("every try is metered by the class of its status", async () => {
  const up = await setup([reset, status(503), status(404)]);
  await up.http.request({ url: up.url });
  expect(up.metrics.requests).toEqual(["error", "5xx", "4xx"]);
});

function cutGzip(_request: unknown, response: Parameters<RequestListener>[1]): void {
  const whole = gzipSync(JSON.stringify({ items: "x".repeat(10_000) }));
  response.writeHead(200, { "content-encoding": "gzip" }).end(whole.subarray(0, whole.length / 2));
}

function silent(_request: unknown, response: Parameters<RequestListener>[1]): void {
  response.writeHead(200).write("{");
}

function trickle(request: Parameters<RequestListener>[0], response: Parameters<RequestListener>[1]): void {
  response.writeHead(200).write("[");
  const drip = setInterval(() => response.write(" "), 20);
  request.socket.once("close", () => clearInterval(drip));
}

describe("a vendor's own code counts more than the status", () => {
  const coded = (status: number, code: string) => (_request: unknown, response: ServerResponse) =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ code }));
  const judge = ({ body }: { body: string }) =>
    (/answer|retry|throttled/.exec(body)?.[0] ?? null) as HttpVerdict | null;

  test("a 503 may be an answer, without a second try", async () => {
    const up = await setup([coded(503, "answer")]);
    expect((await up.http.request({ url: up.url, judge })).status).toBe(503);
    expect(up.asked()).toBe(1);
  });

  test.each([
    ["retry", "TIDEMARK_UPSTREAM_UNAVAILABLE"],
    ["throttled", "TIDEMARK_UPSTREAM_THROTTLED"],
  ])("a 200 may say %s", async (verdict, code) => {
    const up = await setup([coded(200, verdict), ok]);
    expect((await up.http.request({ url: up.url, judge })).json()).toEqual({ ok: true });
    const never = await setup([coded(200, verdict)]);
    await expect(never.http.request({ url: never.url, judge })).rejects.toMatchObject({ code });
    expect(never.asked()).toBe(4);
  });

  test("one that says nothing leaves it to the status", async () => {
    const up = await setup([coded(500, ""), ok]);
    expect((await up.http.request({ url: up.url, judge })).json()).toEqual({ ok: true });
  });
});

describe("a request that insists on its answer", () => {
  const insistMs = 8_000;

  test("gets it although the pass is aborted meanwhile", async () => {
    const late: RequestListener = (_request, response) => {
      up.stop.abort(new Error("the pass is over"));
      setTimeout(() => response.end('{"ok":true}'), 20);
    };
    const up = await setup([late]);
    expect((await up.http.request({ url: up.url, insistMs })).json()).toEqual({ ok: true });
    await expect(up.http.request({ url: up.url, insistMs })).rejects.toThrow("the pass is over");
    expect(up.asked()).toBe(1);
  });

  test.each([
    ["TIDEMARK_UPSTREAM_UNAVAILABLE", status(503)],
    ["TIDEMARK_UPSTREAM_UNAVAILABLE", reset],
    ["TIDEMARK_UPSTREAM_UNAVAILABLE", cut],
    ["TIDEMARK_UPSTREAM_THROTTLED", status(429, { "retry-after": "1" })],
  ])("is sent once: what went wrong is the next pass's to try again (%s)", async (code, trouble) => {
    const up = await setup([trouble, ok]);
    await expect(up.http.request({ url: up.url, insistMs })).rejects.toMatchObject({ code });
    expect(up.asked()).toBe(1);
  });

  test("is given up after that time", async () => {
    const up = await setup([() => {}]);
    const patience = { url: up.url, insistMs: 50 };
    await expect(up.http.request(patience)).rejects.toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAVAILABLE" });
  });

  test("waits until the lease lasts longer than the answer may take", async () => {
    const up = await setup([ok]);
    up.lease.leftMs = insistMs - 1;
    const answer = up.http.request({ url: up.url, insistMs });
    await expect.poll(() => up.clock.slept.length).toBeGreaterThan(2);
    expect(up.asked()).toBe(0);
    up.lease.leftMs = insistMs;
    expect((await answer).status).toBe(200);
  });

  test("is not sent when the pass is aborted before that", async () => {
    const up = await setup([ok]);
    up.lease.leftMs = 0;
    const answer = up.http.request({ url: up.url, insistMs });
    await expect.poll(() => up.clock.slept.length).toBeGreaterThan(2);
    up.stop.abort(new Error("the shard is lost"));
    await expect(answer).rejects.toThrow("the shard is lost");
    expect(up.asked()).toBe(0);
  });

  test("others need no lease that lasts", async () => {
    const up = await setup([ok]);
    up.lease.leftMs = 0;
    expect((await up.http.request({ url: up.url })).status).toBe(200);
  });
});
