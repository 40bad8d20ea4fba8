import { expect, test } from "vitest";
import { sailpoint } from "../../src/connectors/sailpoint/index.ts";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import type { HttpRequest, HttpResponse } from "../../src/ports/http.ts";
import type { Page } from "../../src/ports/connector.ts";
import { memoryGrants } from "../../src/sdk/testing/memory-grants.ts";
import { impatientClock, observed, recordingLog } from "../support/connector-harness.ts";

/** What no simulator does: passes against answers written by hand. */
function contextOf(answer: (query: URLSearchParams) => JsonObject[], total: string | null = null) {
  const log = recordingLog();
  const asked: string[] = [];
  return {
    settings: { baseUrl: "http://upstream/v3", clientId: "id", clientSecret: "secret", sourceIds: ["s"] },
    clock: impatientClock(),
    log,
    asked,
    signal: new AbortController().signal,
    tokens: { get: async () => "token", forget() {}, grants: memoryGrants(impatientClock()) },
    http: {
      redact: (text: string) => text,
      async request({ url }: HttpRequest): Promise<HttpResponse> {
        const query = new URL(url).searchParams;
        asked.push(`${query.get("filters") ?? query.get("sorters")} ${query.get("offset")}`);
        const rows = answer(query);
        const headers = {
          date: "Fri, 01 May 2026 12:00:00 GMT",
          ...(total === null || query.get("count") !== "true" ? {} : { "x-total-count": total }),
        };
        return { status: 200, headers, body: "", summary: "GET", json: () => rows };
      },
    },
  };
}

async function pollAgainst(answer: (query: URLSearchParams) => JsonObject[], cursor: JsonValue) {
  const context = contextOf(answer);
  const pages: Page<JsonValue>[] = [];
  const error: unknown = await (async () => {
    for await (const page of sailpoint.poll({ ...context, cursor })) pages.push(page);
    return null;
  })().catch((failure: unknown) => failure);
  const { asked, log } = context;
  return { pages, asked, error, log, cursor: pages.at(-1)?.cursor as JsonObject };
}

const watermark = "2026-05-01T11:00:00.000Z";
const idle = { watermark, strategy: "filter", pass: null };
const rowsFrom = (query: URLSearchParams, rows: JsonObject[]) => rows.slice(Number(query.get("offset")));

test("a timestamp in the future moves the watermark no further than the upstream's clock", async () => {
  const rows = [
    { id: "a", modified: "2026-05-01T11:30:00.000Z" },
    { id: "b", modified: "2099-01-01T00:00:00.000Z" },
  ];
  const { pages, cursor, log } = await pollAgainst((query) => rowsFrom(query, rows), idle);
  expect(observed(pages).map(({ id }) => id)).toEqual(["a", "b"]);
  expect(cursor).toEqual({ ...idle, watermark: "2026-05-01T12:00:00.000Z" });
  expect(log.lines).toEqual([expect.objectContaining({ message: "sailpoint.timestamp.ahead" })]);
});

test("the watermark goes no further than what was read, and never back", async () => {
  const rows = [{ id: "a", modified: "2026-05-01T11:30:00.123Z" }];
  const forward = await pollAgainst((query) => rowsFrom(query, rows), idle);
  expect(forward.cursor["watermark"]).toBe("2026-05-01T11:30:00.123Z");
  const empty = await pollAgainst(() => [], idle);
  expect(empty.cursor["watermark"]).toBe(watermark);
  const ahead = { ...idle, watermark: "2026-05-01T12:30:00.000Z" };
  const late = [{ id: "a", modified: "2026-05-01T12:29:00.000Z" }];
  const back = await pollAgainst((query) => rowsFrom(query, late), ahead);
  expect(back.cursor["watermark"]).toBe(ahead.watermark);
});

test("a tenant that ignores the filter instead of refusing it is read newest first", async () => {
  const everything = [
    { id: "old", modified: "2020-01-01T00:00:00.000Z" },
    { id: "new", modified: "2026-05-01T11:30:00.000Z" },
  ];
  const { pages, cursor } = await pollAgainst(
    (query) => rowsFrom(query, query.get("sorters")?.startsWith("-") ? everything.toReversed() : everything),
    idle,
  );
  expect(observed(pages).map(({ id }) => id)).toEqual(["new"]);
  expect(cursor["strategy"]).toBe("newest-first");
});

test("rows without `modified` that are sorted before all others do not end the newest-first walk", async () => {
  const undated = Array.from({ length: 300 }, (_, index) => ({
    id: `u${index}`,
    created: "2020-01-01T00:00:00.000Z",
  }));
  const rows = [...undated, { id: "new", modified: "2026-05-01T11:30:00.000Z" }];
  const { pages } = await pollAgainst(
    (query) =>
      query.get("sorters") === "-modified,id" ? rows.slice(Number(query.get("offset"))).slice(0, 250) : [],
    { ...idle, strategy: "newest-first" },
  );
  expect(observed(pages).map(({ id }) => id)).toEqual(["new"]);
});

test("a tenant that answers every offset with the same page is told from one with many accounts", async () => {
  const page = Array.from({ length: 250 }, (_, index) => ({ id: `a${index}` }));
  const { error, asked } = await pollAgainst(() => page, null);
  expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAVAILABLE" });
  expect(asked.length).toBeLessThan(15);
});

test.each([
  ["counts more than it shows", "4"],
  ["does not count", null],
])("a sweep of a list that %s is incomplete", async (_name, total) => {
  const rows = [{ id: "a" }, { id: "b" }, { id: "c" }];
  const context = contextOf((query) => rows.slice(Number(query.get("offset"))), total);
  const pass = sailpoint.sweep({ ...context, position: null });
  await expect(
    (async () => {
      for await (const page of pass) expect(page.rejected).toEqual([]);
    })(),
  ).rejects.toMatchObject({ code: "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE" });
});
