import { afterEach, describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import { lastCursor, observed, rejectedIn } from "../support/connector-harness.ts";
import { closeUpstreams, distinct, idsOf, loadedSailPoint, sailPointUpstream } from "./sailpoint-upstream.ts";

afterEach(closeUpstreams);

const tenants = [
  ["that filters by time", { behaviour: { contract: "current" } }],
  ["that does not filter by time", { behaviour: { contract: "seed" } }],
  [
    "that filters and leaves `modified` out at first",
    { stampsNew: false, behaviour: { contract: "current" } },
  ],
  [
    "that does not filter and leaves `modified` out at first",
    { stampsNew: false, behaviour: { contract: "seed" } },
  ],
] as const;

describe.each(tenants)("a tenant %s", (_name, options) => {
  test("shows every account once in the first pass, with pages short in mid-list or not", async () => {
    const up = await sailPointUpstream({
      ...options,
      behaviour: { ...options.behaviour, shortPageEvery: 2 },
    });
    const { pages, error } = await up.poll(null);
    expect(error).toBeNull();
    expect(idsOf(observed(pages))).toEqual(await up.ids());
  });

  test("shows what changed, and again only what is within the overlap", async () => {
    const up = await loadedSailPoint(options);
    const changed = await up.control.mutate({ insert: 3, update: 5 });
    const first = await up.poll(up.cursor);
    expect(idsOf(observed(first.pages))).toEqual(distinct(changed.map(({ id }) => id)));
    await up.control.advance(400_000);
    const later = await up.control.mutate({ update: 2 });
    const second = await up.poll(lastCursor(first.pages));
    expect(idsOf(observed(second.pages))).toEqual(distinct([...changed, ...later].map(({ id }) => id)));
    const third = await up.poll(lastCursor(second.pages));
    expect(idsOf(observed(third.pages))).toEqual(distinct(later.map(({ id }) => id)));
  });

  test("shows more changes of one instant than a page holds, each once", async () => {
    const up = await loadedSailPoint(options);
    const changed = await up.control.mutate({ update: 620, tie: true });
    const { pages, error } = await up.poll(up.cursor);
    expect(error).toBeNull();
    expect(idsOf(observed(pages))).toEqual(distinct(changed.map(({ id }) => id)));
    expect(observed(pages)).toHaveLength(distinct(changed.map(({ id }) => id)).length);
  });

  test("resumed from any of its pages shows the same", async () => {
    const up = await loadedSailPoint(options);
    await up.control.mutate({ update: 300, tie: true });
    await up.control.mutate({ insert: 30, update: 300, apartMs: 1 });
    const whole = await up.poll(up.cursor);
    expect(whole.pages.length).toBeGreaterThan(2);
    for (const [index, { cursor }] of whole.pages.slice(0, -1).entries()) {
      const rest = await up.poll(cursor);
      const both = [...observed(whole.pages.slice(0, index + 1)), ...observed(rest.pages)];
      expect(idsOf(both)).toEqual(idsOf(observed(whole.pages)));
      expect(lastCursor(rest.pages)).toEqual(lastCursor(whole.pages));
    }
  });

  test.each([
    ["vanish", { delete: 7 }],
    ["appear", { insert: 7 }],
    ["change", { update: 9 }],
    ["vanish and appear and change", { delete: 60, insert: 60, update: 60 }],
  ])("misses nothing when accounts %s between its pages", async (_name, mutation) => {
    const up = await sailPointUpstream(options);
    const before = await up.ids();
    const first = await up.poll(null, { beforeNext: async () => void (await up.control.mutate(mutation)) });
    expect(first.error).toBeNull();
    const after = await up.ids();
    const seen = new Set(idsOf(observed(first.pages)));
    expect(before.filter((id) => after.includes(id) && !seen.has(id))).toEqual([]);
    const second = await up.poll(lastCursor(first.pages));
    for (const id of idsOf(observed(second.pages))) seen.add(id);
    expect(after.filter((id) => !seen.has(id))).toEqual([]);
  });

  test("misses nothing when accounts vanish and change while changes are read", async () => {
    const up = await loadedSailPoint(options);
    const changed = await up.control.mutate({ update: 600, apartMs: 1 });
    const { pages, error } = await up.poll(up.cursor, {
      beforeNext: async () => void (await up.control.mutate({ delete: 5, update: 20, insert: 3 })),
    });
    expect(error).toBeNull();
    const after = await up.ids();
    const next = await up.poll(lastCursor(pages));
    const seen = new Set([...idsOf(observed(pages)), ...idsOf(observed(next.pages))]);
    expect(distinct(changed.map(({ id }) => id)).filter((id) => after.includes(id) && !seen.has(id))).toEqual(
      [],
    );
    expect(next.error).toBeNull();
  });

  test("shows a change that becomes visible late, within the overlap", async () => {
    const up = await loadedSailPoint(options);
    const late = await up.control.mutate({ insert: 1, update: 2, lagMs: 120_000 });
    await up.control.advance(60_000);
    const soon = await up.control.mutate({ update: 2 });
    const first = await up.poll(up.cursor);
    await up.control.advance(60_001);
    const second = await up.poll(lastCursor(first.pages));
    expect(idsOf(observed(second.pages))).toEqual(distinct([...late, ...soon].map(({ id }) => id)));
  });
});

test("after a 400 on the filter the newest-first walk is remembered, and used from then on", async () => {
  const up = await loadedSailPoint();
  const first = await up.poll(up.cursor);
  expect(lastCursor(first.pages)).toMatchObject({ strategy: "filter" });
  await up.control.options({ contract: "seed" });
  const second = await up.poll(lastCursor(first.pages));
  expect(lastCursor(second.pages)).toMatchObject({ strategy: "newest-first", pass: null });
  await up.control.clearRequests();
  await up.poll(lastCursor(second.pages));
  expect(await up.asked()).toEqual(["-modified,id 0 200", "-created,id 0 200"]);
});

test("an idle poll costs two requests", async () => {
  const up = await loadedSailPoint();
  const { pages } = await up.poll(up.cursor);
  expect(observed(pages)).toEqual([]);
  expect(await up.asked()).toEqual([
    expect.stringMatching(/^modified ge \S+ 0 200$/),
    expect.stringMatching(/^created ge \S+ 0 200$/),
  ]);
});

test("a list whose end is told by 400 about the offset ends there", async () => {
  const up = await sailPointUpstream({ accounts: 500, behaviour: { offsetOverrun: "error" } });
  let pagesRead = 0;
  const { pages, error } = await up.poll(null, {
    beforeNext: async () => void (++pagesRead === 2 && (await up.control.mutate({ delete: 300 }))),
  });
  expect(error).toBeNull();
  expect(await up.asked()).toContainEqual("id 498 400");
  const seen = idsOf(observed(pages));
  expect((await up.ids()).filter((id) => !seen.includes(id))).toEqual([]);
});

test("a walk that lost its place starts again instead of skipping", async () => {
  const up = await sailPointUpstream({ accounts: 3_000 });
  let pagesRead = 0;
  const { pages, error } = await up.poll(null, {
    beforeNext: async () => void (++pagesRead === 9 && (await up.control.mutate({ delete: 2_900 }))),
  });
  expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAVAILABLE" });
  const again = await up.poll(lastCursor(pages));
  expect(idsOf(observed(again.pages))).toEqual(await up.ids());
});

test("accounts become documents, with everything the upstream said in their attributes", async () => {
  const up = await loadedSailPoint();
  const { accounts } = await up.control.truth();
  const id = accounts.find(({ record }) => record["isMachine"] === false)?.id ?? "";
  const [change] = await up.control.mutate({
    changes: [{ op: "update", id, changes: { disabled: true, description: null } }],
  });
  const [observation] = observed((await up.poll(up.cursor)).pages);
  const record = (await up.control.truth()).accounts.find((account) => account.id === id)?.record as Record<
    string,
    JsonValue
  >;
  expect(observation).toMatchObject({
    id,
    document: {
      id,
      kind: "person",
      status: "inactive",
      userName: record["name"],
      updatedAt: change?.at,
      createdAt: record["created"],
    },
  });
  const { attributes } = (observation as { document: { attributes: JsonObject } }).document;
  expect(attributes["nativeIdentity"]).toBe(record["nativeIdentity"]);
  expect(attributes["description"]).toBeNull();
});

test("an item without a usable id is set aside, the page goes on, and unknown members and values are kept", async () => {
  const up = await sailPointUpstream({ accounts: 20 });
  for (const kind of ["item-without-id", "item-with-nul"] as const) {
    await up.control.inject({ kind, path: "accounts" });
    const { pages, error } = await up.poll(null);
    expect(error).toBeNull();
    expect(observed(pages)).toHaveLength(19);
    expect(rejectedIn(pages)).toEqual([{ raw: expect.anything(), reason: expect.stringContaining("id") }]);
  }
  await up.control.inject({ kind: "unknown-members", path: "accounts" });
  const { pages } = await up.poll(null);
  expect(observed(pages)).toHaveLength(20);
  expect(observed(pages)[0]).toMatchObject({ document: { attributes: { origin: "TELEPATHY" } } });
});

test("an account is looked up by its id: there, or gone by the vendor's own word only", async () => {
  const up = await sailPointUpstream({ accounts: 5 });
  const [id = ""] = await up.ids();
  const { observations } = await up.get([id, "no/such id"]);
  expect(observations).toEqual([
    { id, document: expect.objectContaining({ id }) },
    { id: "no/such id", gone: true, at: null },
  ]);
});
