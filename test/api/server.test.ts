import { once } from "node:events";
import { type Socket, connect, createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type ApiOptions, type ApiServer, startApi } from "../../src/api/server.ts";
import { ConfigError } from "../../src/core/errors.ts";
import { memoryLog, silentLog } from "../support/memory-log.ts";

const running: ApiServer[] = [];
afterEach(() => Promise.all(running.splice(0).map((server) => server.close())));

async function setup(parts: Partial<ApiOptions> = {}): Promise<ApiServer> {
  const server = await startApi({
    host: "127.0.0.1",
    port: 0,
    isReady: () => Promise.resolve({ ready: true, checks: {} }),
    metricsText: () => Promise.resolve(""),
    log: silentLog,
    ...parts,
  });
  running.push(server);
  return server;
}

/** A connection that has sent these bytes. */
async function speak(server: ApiServer, text: string): Promise<Socket> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.write(text);
  return socket;
}

describe("health", () => {
  test("is fine while the process answers, even when it is not ready", async () => {
    const { url } = await setup({ isReady: () => Promise.reject(new Error("away")) });
    const answer = await fetch(`${url}/healthz`);
    expect([answer.status, await answer.json()]).toEqual([200, { status: "ok" }]);
  });
});

describe("readiness", () => {
  test("is 200 with its checks when everything works", async () => {
    const readiness = { ready: true, checks: { database: "ok", worker: "ok" } };
    const { url } = await setup({ isReady: () => Promise.resolve(readiness) });
    const answer = await fetch(`${url}/readyz`);
    expect([answer.status, await answer.json()]).toEqual([200, readiness]);
  });

  test("is 503 with a reason per check when something does not", async () => {
    const readiness = { ready: false, checks: { database: "not migrated", worker: "ok" } };
    const { url } = await setup({ isReady: () => Promise.resolve(readiness) });
    const answer = await fetch(`${url}/readyz`);
    expect([answer.status, await answer.json()]).toEqual([503, readiness]);
  });

  test("is asked for anew every time", async () => {
    let ready = false;
    const { url } = await setup({ isReady: () => Promise.resolve({ ready, checks: {} }) });
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    ready = true;
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });
});

describe("metrics", () => {
  test("are served as Prometheus reads them", async () => {
    const { url } = await setup({ metricsText: () => Promise.resolve("tidemark_shards_owned 2\n") });
    const answer = await fetch(`${url}/metrics`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await answer.text()).toBe("tidemark_shards_owned 2\n");
  });
});

describe("errors", () => {
  test("of an unknown address are a problem document that repeats nothing of the request", async () => {
    const log = memoryLog();
    const { url } = await setup({ log });
    const answer = await fetch(`${url}/nowhere?token=s3cret`);
    expect(answer.status).toBe(404);
    expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    expect(await answer.json()).toEqual({
      type: "about:blank",
      title: "Not Found",
      status: 404,
      detail: "Nothing answers GET here.",
    });
    expect(log.lines).toEqual([]);
  });

  test("of our own are a problem document without the reason, which is logged without the query", async () => {
    const log = memoryLog();
    const bug = new Error("password is hunter2");
    const { url } = await setup({ log, metricsText: () => Promise.reject(bug) });
    const answer = await fetch(`${url}/metrics?token=s3cret`);
    expect(answer.status).toBe(500);
    expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    expect(await answer.json()).toEqual({
      type: "about:blank",
      title: "Internal Server Error",
      status: 500,
      detail: "The request could not be answered; the log says why.",
    });
    expect(log.lines).toEqual([
      {
        level: "error",
        message: "http.failed",
        fields: { method: "GET", route: "/metrics", cause: bug },
      },
    ]);
  });

  test.each([
    ["an address that cannot be decoded", "/%E0%A4%A", {}],
    [
      "a body that is not JSON",
      "/healthz",
      { method: "POST", body: "{", headers: { "content-type": "application/json" } },
    ],
  ])("of the caller, such as %s, are a problem document and not logged", async (_what, path, request) => {
    const log = memoryLog();
    const { url } = await setup({ log });
    const answer = await fetch(`${url}${path}`, request);
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    expect(await answer.json()).toMatchObject({ type: "about:blank", title: "Bad Request", status: 400 });
    expect(log.lines).toEqual([]);
  });
});

test("requests that succeed are not logged", async () => {
  const log = memoryLog();
  const { url } = await setup({ log });
  await fetch(`${url}/healthz`);
  await fetch(`${url}/readyz`);
  expect(log.lines).toEqual([]);
});

test("an address that is taken is a fault of the configuration that names it", async () => {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const { port } = holder.address() as { port: number };
  const started = setup({ port });
  await expect(started).rejects.toThrow(ConfigError);
  await expect(started).rejects.toThrow(`127.0.0.1:${port}`);
  holder.close();
});

test("closing takes less than a second, whatever connections are open", async () => {
  const asked = Promise.withResolvers<void>();
  const server = await setup({
    isReady() {
      asked.resolve();
      return new Promise(() => undefined);
    },
  });
  const idle = await speak(server, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  await once(idle, "data");
  const halfSent = await speak(server, "GET /healthz HTTP/1.1\r\n");
  const unanswered = await speak(server, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n");
  await asked.promise;
  const gone = Promise.all([idle, halfSent, unanswered].map((socket) => once(socket, "close")));

  const startedAtMs = performance.now();
  await server.close();
  expect(performance.now() - startedAtMs).toBeLessThan(1_000);
  await gone;
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow("fetch failed");
});
