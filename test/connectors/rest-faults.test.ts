import { afterEach, describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import type { Fault } from "../../src/sandbox/upstreams/protocol.ts";
import { lastCursor, observed, rejectedIn } from "../support/connector-harness.ts";
import type { RestOptions } from "../../src/sandbox/upstreams/rest/index.ts";
import { closeUpstreams, restUpstream } from "./rest-upstream.ts";

afterEach(closeUpstreams);

type Admits = NonNullable<RestOptions["admits"]>;

const secret = "a-secret-value";

describe("credentials", () => {
  const basic = `Basic ${Buffer.from(`acme:${secret}`).toString("base64")}`;

  test.each<[string, JsonObject, Admits]>([
    ["none", {}, ({ headers }) => headers.authorization === undefined],
    [
      "basic",
      { auth: { basic: { username: "acme", password: secret } } },
      ({ headers }) => headers.authorization === basic,
    ],
    [
      "bearer",
      { auth: { bearer: { token: secret } } },
      ({ headers }) => headers.authorization === `Bearer ${secret}`,
    ],
    [
      "header",
      { auth: { header: { name: "X-Api-Key", value: secret } } },
      ({ headers }) => headers["x-api-key"] === secret,
    ],
  ])(
    "of kind %s go along with every request, whatever names the next page",
    async (_kind, settings, admits) => {
      for (const style of ["page", "nextUrl", "search"] as const) {
        const up = await restUpstream({ style, settings }, { admits });
        expect(observed((await up.poll(null)).pages)).toHaveLength(50);
        expect((await up.get(["1000", "7"])).observations).toHaveLength(2);
      }
    },
  );

  test.each<[string, JsonObject, string]>([
    ["basic", { basic: { username: "acme", password: secret } }, basic],
    ["header", { header: { name: "x-api-key", value: secret } }, secret],
  ])(
    "of kind %s that are refused halt the source at once, and are in no error",
    async (_kind, auth, sent) => {
      const up = await restUpstream({ style: "page", settings: { auth } }, { admits: () => false });
      const { error } = await up.poll(null);
      expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAUTHORIZED" });
      expect(String(error)).toContain("refused: {");
      expect(String(error)).not.toContain(sent);
      expect(await up.control.requests()).toHaveLength(1);
    },
  );

  describe.each([null, "granted-1"])("of an OAuth 2 client (refresh token: %s)", (refreshToken) => {
    /** A service that lets nobody in but the holder of the newest token. */
    async function tokenUpstream() {
      const state = { valid: "", grants: [] as string[] };
      const more: RestOptions["more"] = (app) =>
        app.post("/token", (request, reply) => {
          state.grants.push(String(new URLSearchParams(String(request.body)).get("grant_type")));
          state.valid = `token-${state.grants.length}`;
          const next = refreshToken === null ? {} : { refresh_token: `granted-${state.grants.length + 1}` };
          return reply.send({ access_token: state.valid, expires_in: 3_600, ...next });
        });
      const admits: Admits = ({ headers }) => headers.authorization === `Bearer ${state.valid}`;
      const up = await restUpstream({ style: "cursor" }, { admits, more });
      const given = refreshToken === null ? {} : { refreshToken };
      const client = { tokenUrl: `${up.url}/token`, clientId: "tidemark", clientSecret: secret, ...given };
      const settings = { ...up.settings, auth: { oauth2: client } };
      const context = { ...up.contextOf(new AbortController().signal), settings };
      return { ...up, state, pages: up.connector.poll({ ...context, cursor: null }) };
    }
    const kind = refreshToken === null ? "client_credentials" : "refresh_token";

    test("are renewed once after each 401", async () => {
      const up = await tokenUpstream();
      const counts: number[] = [];
      for await (const page of up.pages) {
        counts.push(page.observations.length);
        up.state.valid = "revoked meanwhile";
      }
      expect(counts).toEqual([20, 20, 10]);
      expect(up.state.grants).toEqual([kind, kind, kind]);
    });

    test("halt the source when a fresh token is refused, too", async () => {
      const up = await tokenUpstream();
      await up.control.inject({ kind: "401", path: "users", times: 9 });
      await expect(up.pages.next()).rejects.toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAUTHORIZED" });
      expect(up.state.grants).toEqual([kind, kind]);
    });
  });
});

describe("garbage", () => {
  test.each<[Fault, string]>([
    [{ kind: "wrong-shape" }, "TIDEMARK_UPSTREAM_UNEXPECTED"],
    [{ kind: "empty-body" }, "TIDEMARK_UPSTREAM_UNEXPECTED"],
    [{ kind: "403" }, "TIDEMARK_UPSTREAM_FORBIDDEN"],
    [{ kind: "truncated", times: 9 }, "TIDEMARK_UPSTREAM_UNAVAILABLE"],
    [{ kind: "503", times: 9 }, "TIDEMARK_UPSTREAM_UNAVAILABLE"],
    [{ kind: "429", times: 9 }, "TIDEMARK_UPSTREAM_THROTTLED"],
  ])("of kind %o ends the pass with %s", async (fault, code) => {
    const up = await restUpstream({ style: "cursor" });
    await up.control.inject({ after: 1, ...fault });
    const { pages, error } = await up.poll(null);
    expect(error).toMatchObject({ code });
    expect(observed(pages)).toHaveLength(20);
    await up.control.clearFaults();
    expect(observed((await up.poll(lastCursor(pages))).pages)).toHaveLength(30);
  });

  test("in one item is rejected, and the page goes on", async () => {
    const up = await restUpstream({ style: "cursor" });
    await up.control.inject({ kind: "item-without-id" });
    const { pages } = await up.poll(null);
    expect(observed(pages)).toHaveLength(49);
    expect(rejectedIn(pages)).toMatchObject([{ reason: "the item has no id" }]);
  });

  test("in a word that is mapped is unknown", async () => {
    const up = await restUpstream({ style: "cursor" }, { accounts: 1 });
    await up.control.mutate({ changes: [{ op: "update", id: "1000", changes: { active: "constructor" } }] });
    expect(observed((await up.poll(null)).pages)).toMatchObject([{ document: { status: "unknown" } }]);
  });

  test("in members nobody asked about is kept", async () => {
    const up = await restUpstream({ style: "cursor" }, { accounts: 1 });
    await up.control.inject({ kind: "unknown-members" });
    expect(observed((await up.poll(null)).pages)).toMatchObject([
      { document: { status: "unknown", attributes: { active: "perhaps", rank: { level: [7] } } } },
    ]);
  });
});

test("an error in an answer that looks fine is asked for again, then told, and never taken for an empty list", async () => {
  const settings = { auth: { basic: { username: "acme", password: secret } } };
  const pair = Buffer.from(`acme:${secret}`).toString("base64");
  const behaviour = { complains: `no capacity for ${secret}, sent as ${pair}` };
  const up = await restUpstream({ style: "cursor", settings }, { behaviour });
  const { pages, error } = await up.poll(null);
  expect(pages).toEqual([]);
  expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAVAILABLE" });
  expect(String(error)).toContain("no capacity for ***");
  expect(String(error)).not.toContain(pair);
  expect(await up.control.requests()).toHaveLength(4);
});

test("headers are filled in like parameters, and left out where there is nothing to fill in", async () => {
  const headers = { "X-After": "{{ cursor }}", "X-Tenant": "acme" };
  const up = await restUpstream({ style: "cursor" });
  const request = { ...(up.settings["request"] as JsonObject), headers };
  const context = { ...up.contextOf(new AbortController().signal), settings: { ...up.settings, request } };
  for await (const _page of up.connector.poll({ ...context, cursor: null }));
  const sent = (await up.control.requests()).map(({ query, headers }) => [
    headers["x-tenant"],
    headers["x-after"] === query["after"],
  ]);
  expect(sent).toEqual([
    ["acme", true],
    ["acme", true],
    ["acme", true],
  ]);
});

test.each(["nextUrl", "linkHeader"] as const)(
  "a next page on another server halts the source (%s)",
  async (style) => {
    const up = await restUpstream({ style }, { behaviour: { luresTo: "http://127.0.0.2:1/api" } });
    const { error } = await up.poll(null);
    expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNEXPECTED" });
    expect(String(error)).toContain("not on the same server");
  },
);

test("a cursor that is refused starts the pass again, from the same watermark", async () => {
  const up = await restUpstream({ style: "cursor" });
  const [first] = (await up.poll(null)).pages;
  const cursor = first?.cursor as { watermark: null; pass: { place: JsonObject } & JsonObject };
  const place = { ...cursor.pass.place, next: "what is this?" };
  const lost = await up.poll({ ...cursor, pass: { ...cursor.pass, place } });
  expect(lost.error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAVAILABLE" });
  expect(lost.pages).toEqual([{ observations: [], rejected: [], cursor: { watermark: null, pass: null } }]);
});

test("a poll that is told to stop stops within a second, also while it waits for an answer", async () => {
  const up = await restUpstream({ style: "cursor" });
  await up.control.inject({ kind: "slow", ms: 5_000 });
  const stop = new AbortController();
  const startedMs = performance.now();
  setTimeout(() => stop.abort(new Error("told to stop")), 100);
  const { error } = await up.poll(null, { signal: stop.signal });
  expect(String(error)).toContain("told to stop");
  expect(performance.now() - startedMs).toBeLessThan(1_100);
});
