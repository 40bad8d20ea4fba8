import { afterEach, describe, expect, test } from "vitest";
import type { Fault } from "../../src/sandbox/upstreams/protocol.ts";
import { observed } from "../support/connector-harness.ts";
import type { RestBehaviour } from "../../src/sandbox/upstreams/rest/behaviour.ts";
import { restStyles } from "../../src/sandbox/upstreams/rest/query.ts";
import { type Described, closeUpstreams, restUpstream } from "./rest-upstream.ts";

afterEach(closeUpstreams);

describe.each(restStyles)("a sweep over a list of style %s", (style) => {
  test("is complete when it has read everything, from whichever page it goes on", async () => {
    const up = await restUpstream({ style });
    const all = await up.sweep(null);
    expect(all).toMatchObject({ isComplete: true, error: null });
    expect(observed(all.pages)).toHaveLength(50);
    for (const [index, { position }] of all.pages.entries()) {
      const further = await up.sweep(position);
      expect(further.isComplete, `after page ${index}`).toBe(true);
      expect(observed([...all.pages.slice(0, index + 1), ...further.pages])).toHaveLength(50);
    }
  });

  test.each<Fault>([
    { kind: "item-without-id" },
    { kind: "item-with-nul" },
    { kind: "wrong-shape" },
    { kind: "empty-body" },
    { kind: "truncated", times: 9 },
    { kind: "500", times: 9 },
    { kind: "403" },
    { kind: "401" },
  ])("proves nothing after %o", async (fault) => {
    const up = await restUpstream({ style });
    await up.control.inject(fault);
    expect((await up.sweep(null)).isComplete).toBe(false);
  });
});

describe("a sweep", () => {
  test("shows tombstones as deletes, with their time", async () => {
    const up = await restUpstream({ style: "cursor" });
    const [gone] = await up.control.mutate({ delete: 1 });
    const seen = observed((await up.sweep(null)).pages);
    expect(seen.filter((observation) => "gone" in observation)).toEqual([
      { id: gone?.id, gone: true, at: gone?.at },
    ]);
  });

  test("tells tombstones by their values where the settings name some", async () => {
    const deleted = { deleted: { path: "active", values: [false] } };
    const up = await restUpstream({ style: "single", settings: deleted });
    const [id = ""] = (await up.truth()).keys();
    await up.control.mutate({ changes: [{ op: "update", id, changes: { active: false } }] });
    expect(observed((await up.sweep(null)).pages)).toContainEqual({ id, gone: true, at: null });
  });

  test.each<[string, number, boolean]>([
    ["more accounts than it saw", 1, false],
    ["as many accounts", 0, true],
    ["fewer accounts", -1, true],
  ])("that the upstream counts %s: %i, complete: %s", async (_name, miscountsBy, isComplete) => {
    const up = await restUpstream({ style: "page" }, { behaviour: { miscountsBy } });
    expect((await up.sweep(null)).isComplete).toBe(isComplete);
  });

  test("is not complete where the settings say that the upstream counts, and it does not", async () => {
    const up = await restUpstream({ style: "page", settings: { sweep: { total: "meta.count" } } });
    expect((await up.sweep(null)).isComplete).toBe(false);
  });

  test("asks in its own way where the settings say so, and never for changes since", async () => {
    const own = { request: { query: { size: "{{ limit }}", page: "{{ page }}", deleted: "false" } } };
    const up = await restUpstream({ style: "page", settings: { sweep: own } });
    await up.sweep(null);
    for (const { query } of await up.control.requests()) expect(query).toMatchObject({ deleted: "false" });
    for (const { query } of await up.control.requests()) expect(query).not.toHaveProperty("since");
  });

  test("is not offered where the settings do not say how to read everything", async () => {
    const up = await restUpstream({ style: "page", settings: { sweep: undefined as never } });
    expect(await up.sweep(null)).toMatchObject({ pages: [], error: null, isComplete: false });
    expect(await up.control.requests()).toEqual([]);
  });
});

describe("whom a sweep has not seen", () => {
  const gone = (id: string) => ({ id, gone: true, at: null });

  test.each([true, false])(
    "is looked up, by itself (%s) or in a second list, before it counts as gone",
    async (looksUp) => {
      const up = await restUpstream({ style: "cursor", looksUp }, { behaviour: { forgetsDeleted: true } });
      const [id = ""] = (await up.truth()).keys();
      await up.control.mutate({ changes: [{ op: "delete", id }] });
      const [other = ""] = (await up.truth()).keys();
      const { observations } = await up.get([id, other]);
      expect(observations).toContainEqual(gone(id));
      expect(observations).toContainEqual(
        expect.objectContaining({ id: other, document: expect.anything() as unknown }),
      );
    },
  );

  test.each<[string, Described, Fault | Partial<RestBehaviour>]>([
    ["look-ups are refused", { style: "page" }, { kind: "403", path: "users/\\d+", times: 999 }],
    ["look-ups are empty", { style: "page" }, { kind: "empty-body", path: "users/\\d+", times: 999 }],
    ["the second list breaks off", { style: "page", looksUp: false }, { kind: "reset", after: 1, times: 9 }],
    ["the second list is empty", { style: "offset", looksUp: false }, { kind: "empty-answer", times: 9 }],
    ["somebody in it has no id", { style: "page", looksUp: false }, { kind: "item-without-id", after: 1 }],
    ["the second list is miscounted", { style: "page", looksUp: false }, { miscountsBy: 1 }],
    [
      "nobody says how to read everything",
      { style: "page", looksUp: false, settings: { sweep: undefined as never } },
      {},
    ],
  ])("is not gone when %s", async (_name, described, trouble) => {
    const up = await restUpstream(described);
    await ("kind" in trouble ? up.control.inject(trouble) : up.control.options(trouble));
    const looked = await up.get(["4711"]).catch(() => ({ observations: [] }));
    expect(looked.observations).toEqual([]);
  });

  test("is gone although the first account of the list is a tombstone, which cannot be looked up", async () => {
    const up = await restUpstream({ style: "page" }, { accounts: 2 });
    const [first = "", second = ""] = (await up.truth()).keys();
    await up.control.mutate({
      changes: [
        { op: "delete", id: first },
        { op: "update", id: second },
      ],
    });
    expect((await up.get([first])).observations).toEqual([gone(first)]);
  });

  test("is not gone when an upstream does not know anybody by id", async () => {
    const settings = { get: { path: "/nobody/{{ id }}" } };
    const up = await restUpstream({ style: "cursor", settings });
    await expect(up.get(["4711"])).rejects.toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAVAILABLE" });
  });

  test("cannot be mistaken for another address", async () => {
    const up = await restUpstream({ style: "cursor" });
    expect(await up.get([".."])).toEqual({ observations: [], rejected: [] });
    expect(await up.get(["../cursor/users"])).toEqual({
      observations: [gone("../cursor/users")],
      rejected: [],
    });
  });
});
