import { afterEach, describe, expect, test } from "vitest";
import type { Observation } from "../../src/core/account.ts";
import type { JsonValue } from "../../src/core/json.ts";
import { lastCursor, observed } from "../support/connector-harness.ts";
import type { RestOptions } from "../../src/sandbox/upstreams/rest/index.ts";
import { restStyles } from "../../src/sandbox/upstreams/rest/query.ts";
import { type Described, closeUpstreams, restUpstream } from "./rest-upstream.ts";

afterEach(closeUpstreams);

const minuteMs = 60_000;

/** A service after its first pass, ten minutes ago. */
async function loaded(described: Described, options: RestOptions = {}) {
  const up = await restUpstream(described, options);
  const { pages, error } = await up.poll(null);
  expect(error).toBeNull();
  await up.pass(10 * minuteMs);
  await up.control.clearRequests();
  return { ...up, cursor: lastCursor(pages) };
}

/** Ids in the order in which they came. */
function idsOf(observations: readonly Observation[]): string[] {
  return observations.map(({ id }) => id);
}

/** What polls ask for as `since`, each once. */
async function sinceAsked({ control }: Awaited<ReturnType<typeof restUpstream>>): Promise<unknown[]> {
  return [...new Set((await control.requests()).map(({ query }) => query["since"]))];
}

function watermarkOf(cursor: JsonValue): string {
  return (cursor as { watermark: string }).watermark;
}

describe.each(restStyles)("a list of style %s", (style) => {
  test("is resumed from any page without losing or repeating anybody", async () => {
    const up = await restUpstream({ style });
    const all = await up.poll(null);
    expect(idsOf(observed(all.pages)).sort()).toEqual([...(await up.truth()).keys()].sort());
    for (const [index, { cursor }] of all.pages.entries()) {
      const rest = index + 1 < all.pages.length ? await up.poll(cursor) : { pages: [] };
      const together = [...all.pages.slice(0, index + 1), ...rest.pages];
      expect(idsOf(observed(together)), `after page ${index}`).toEqual(idsOf(observed(all.pages)));
    }
  });

  test("takes the watermark to the newest change that was read, and only at its end", async () => {
    const up = await restUpstream({ style });
    const { pages } = await up.poll(null);
    const changes = [...(await up.truth()).values()].map(({ updated }) => updated as string);
    expect(watermarkOf(lastCursor(pages))).toBe(changes.toSorted().at(-1));
    for (const { cursor } of pages.slice(0, -1)) expect(watermarkOf(cursor)).toBeNull();
  });

  test("that changes while it is read loses nobody", async () => {
    const up = await restUpstream({ style, limit: 8 });
    const first = [...(await up.truth()).keys()].slice(0, 3);
    const moves = { changes: first.map((id) => ({ op: "update" as const, id })) };
    await up.control.inject({ kind: "shift", after: 2, mutation: moves });
    const { pages, error } = await up.poll(null);
    expect(error).toBeNull();
    expect([...new Set(idsOf(observed(pages)))].sort()).toEqual([...(await up.truth()).keys()].sort());
  });

  test("that is empty is a pass of one page", async () => {
    const up = await restUpstream({ style }, { accounts: 0 });
    const { pages, error } = await up.poll(null);
    expect({ error, pages }).toEqual({
      error: null,
      pages: [{ observations: [], rejected: [], cursor: { watermark: null, pass: null } }],
    });
  });
});

test("who is read becomes an account document, with everything the upstream says in its attributes", async () => {
  const up = await restUpstream({ style: "cursor" }, { accounts: 1 });
  const [record] = (await up.truth()).values();
  const { name, login, email, active, created, updated } = record as Record<string, JsonValue>;
  const { given, family } = name as { given: string; family: string };
  expect(observed((await up.poll(null)).pages)).toEqual([
    {
      id: "1000",
      document: {
        id: "1000",
        userName: login,
        displayName: `${given} ${family}`,
        givenName: given,
        familyName: family,
        email,
        status: active === true ? "active" : "inactive",
        kind: "person",
        createdAt: created,
        updatedAt: updated,
        attributes: record,
      },
    },
  ]);
});

describe("the watermark", () => {
  test.each([
    ["iso", "second", (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`, 1_000],
    ["iso", "millisecond", (ms: number) => new Date(ms).toISOString(), 1],
    ["iso", "day", (ms: number) => new Date(ms).toISOString().slice(0, 10), 86_400_000],
    ["epochSeconds", "second", (ms: number) => String(ms / 1_000), 1_000],
    ["epochMillis", "millisecond", String, 1],
  ] as const)("is asked for as %s by the %s, less the overlap", async (time, precision, written, unitMs) => {
    const format = { format: time, precision };
    const up = await loaded({ style: "linkHeader", incremental: format }, { time, accounts: 5 });
    await up.poll(up.cursor);
    const fromMs = Date.parse(watermarkOf(up.cursor)) - Math.max(5 * minuteMs, unitMs);
    expect(await sinceAsked(up)).toEqual([written(Math.floor(fromMs / unitMs) * unitMs)]);
  });

  test("stays where it is when nothing was found, or the answer was empty by mistake", async () => {
    const up = await loaded({ style: "cursor" });
    await up.control.mutate({ update: 1 });
    await up.control.inject({ kind: "empty-answer" });
    const { pages } = await up.poll(up.cursor);
    expect(lastCursor(pages)).toEqual(up.cursor);
  });

  test("is not made of a first answer that was empty by mistake", async () => {
    const up = await restUpstream({ style: "cursor" });
    await up.control.inject({ kind: "empty-answer" });
    expect(observed((await up.poll(null)).pages)).toHaveLength(50);
  });

  test("never passes the upstream's clock, less the time to settle", async () => {
    const up = await loaded({ style: "cursor", incremental: { settle: "2m" } });
    await up.control.mutate({ update: 3, at: new Date(up.clock.now() - minuteMs).toISOString() });
    const before = up.clock.now();
    const watermark = watermarkOf(lastCursor((await up.poll(up.cursor)).pages));
    expect(Math.abs(before - 2 * minuteMs - Date.parse(watermark))).toBeLessThan(2_000);
  });

  test("never goes back, also when what was newest is gone", async () => {
    const up = await loaded({ style: "cursor" }, { behaviour: { forgetsDeleted: true } });
    const [newest] = (await up.control.mutate({ update: 2, apartMs: minuteMs })).toReversed();
    await up.pass(minuteMs);
    const cursor = lastCursor((await up.poll(up.cursor)).pages);
    expect(watermarkOf(cursor)).toBe(newest?.at);
    await up.control.mutate({ changes: [{ op: "delete", id: newest?.id }] });
    const { pages } = await up.poll(cursor);
    expect(observed(pages)).toHaveLength(1);
    expect(lastCursor(pages)).toEqual(cursor);
  });

  test("is not led into the future by an account that is dated there, and the log tells of it", async () => {
    const up = await restUpstream({ style: "cursor", settings: { incremental: { path: "name.family" } } });
    const [id = ""] = (await up.truth()).keys();
    await up.control.mutate({
      changes: [{ op: "update", id, changes: { name: { family: "2101-01-01T00:00:00Z" } } }],
    });
    const { pages } = await up.poll(null);
    expect(Date.parse(watermarkOf(lastCursor(pages)))).toBeLessThanOrEqual(up.clock.now());
    expect(up.log.lines.map(({ message }) => message)).toContain("rest.timestamp.ahead");
  });

  test.each([true, false])(
    "loses no tie, whether the upstream includes its bound (%s) or not",
    async (includesBound) => {
      const seconds = { format: "epochSeconds", precision: "second", overlap: "0s" };
      const up = await loaded(
        { style: "page", incremental: seconds },
        { time: "epochSeconds", behaviour: { includesBound } },
      );
      const at = new Date(up.clock.now() - minuteMs).toISOString();
      const [early] = await up.control.mutate({ update: 1, at });
      const { pages } = await up.poll(up.cursor);
      expect(idsOf(observed(pages))).toContain(early?.id);
      const others = [...(await up.truth()).keys()].filter((id) => id !== early?.id).slice(0, 30);
      await up.control.mutate({ changes: others.map((id) => ({ op: "update", id })), at });
      expect(idsOf(observed((await up.poll(lastCursor(pages))).pages))).toEqual(
        expect.arrayContaining(others),
      );
    },
  );

  test("finds what shows up late, but within the overlap", async () => {
    const up = await loaded({ style: "offset" });
    const [late] = await up.control.mutate({ update: 1, lagMs: 4 * minuteMs });
    await up.pass(3 * minuteMs);
    await up.control.mutate({ update: 1 });
    const { pages } = await up.poll(up.cursor);
    await up.pass(2 * minuteMs);
    expect(idsOf(observed((await up.poll(lastCursor(pages))).pages))).toContain(late?.id);
  });

  test("has nothing to go by where no account says when it changed, and the log tells of it", async () => {
    const up = await restUpstream({ style: "single", settings: { incremental: { path: "nowhere" } } });
    expect(watermarkOf(lastCursor((await up.poll(null)).pages))).toBeNull();
    expect(up.log.lines.map(({ message }) => message)).toContain("rest.timestamp.missing");
  });

  test("begins where the settings say, for an upstream that insists on a bound", async () => {
    const up = await restUpstream({ style: "single", incremental: { start: "2020-01-01" } });
    await up.poll(null);
    await up.sweep(null);
    expect(await sinceAsked(up)).toEqual(["2020-01-01T00:00:00.000Z"]);
  });
});

test.each(["cursor", "nextUrl"] as const)(
  "what says that nothing follows is believed more than the name of a next page (%s)",
  async (style) => {
    const behaviour = { tellsMore: true, namesNextAlways: true };
    const up = await restUpstream({ style, more: "more" }, { behaviour });
    expect((await up.poll(null)).error).toBeNull();
    expect(await up.control.requests()).toHaveLength(3);
  },
);

describe("pages with numbers", () => {
  test.each(["page", "offset"] as const)("of style %s need not be as long as asked for", async (style) => {
    const up = await restUpstream({ style, limit: 100 }, { behaviour: { mostOnPage: 7 } });
    expect(observed((await up.poll(null)).pages)).toHaveLength(50);
  });

  test.each(["page", "offset", "cursor"] as const)(
    "of style %s that are always the first one end the pass",
    async (style) => {
      const up = await restUpstream({ style }, { behaviour: { ignoresPlace: true } });
      const { pages, error } = await up.poll(null);
      expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAVAILABLE" });
      expect(lastCursor(pages)).toEqual({ watermark: null, pass: null });
      expect((await up.sweep(null)).isComplete).toBe(false);
    },
  );

  test.each(["page", "offset"] as const)(
    "of style %s that have moved further than can be told are read anew",
    async (style) => {
      const up = await restUpstream({ style });
      const onFirstPage = [...(await up.truth()).keys()].slice(0, 20);
      const moves = { changes: onFirstPage.slice(5).map((id) => ({ op: "update" as const, id })) };
      await up.control.inject({ kind: "shift", mutation: moves });
      const { pages, error } = await up.poll(null);
      expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAVAILABLE" });
      expect(lastCursor(pages)).toEqual({ watermark: null, pass: null });
      expect(observed((await up.poll(lastCursor(pages))).pages)).toHaveLength(50);
    },
  );

  test("are not asked for behind the last one where answers say whether more follows", async () => {
    const up = await restUpstream({ style: "page", more: "meta.more" }, { behaviour: { tellsMore: true } });
    await up.poll(null);
    // Each page but the first is followed by another look at the one before.
    expect((await up.control.requests()).map(({ query }) => query["page"])).toEqual([
      "1",
      "2",
      "1",
      "3",
      "2",
    ]);
  });
});
