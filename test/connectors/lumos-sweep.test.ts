import { afterEach, describe, expect, test } from "vitest";
import type { LumosBehaviour } from "../../src/sandbox/upstreams/lumos/behaviour.ts";
import { observed, rejectedIn } from "../support/connector-harness.ts";
import { closeUpstreams, folded, loadedLumos, lumosUpstream } from "./lumos-upstream.ts";

afterEach(closeUpstreams);

const incomplete = { code: "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE" };
const all = { listsEveryAccount: true };

describe("a sweep", () => {
  test.each<[string, Partial<LumosBehaviour>]>([
    ["of a connector that says what it offers", {}],
    ["of one that says so in `app_info`", { missing: ["info"] }],
    ["of one that does not say", { missing: ["info", "app_info"] }],
    ["with pages that are empty in between", { emptyPageEvery: 2 }],
  ])("%s shows every listed account and is complete", async (_name, behaviour) => {
    const up = await lumosUpstream({ behaviour });
    const { pages, isComplete, error } = await up.sweep(null);
    expect(error).toBeNull();
    expect(isComplete).toBe(true);
    const listed = [...(await up.truth())].filter(
      ([, { user_status: status }]) => status === "ACTIVE" || status === "SUSPENDED",
    );
    expect(listed.length).toBeLessThan(250);
    expect(folded(observed(pages))).toEqual(new Map(listed));
  });

  test.each<[string, Partial<LumosBehaviour>]>([
    ["that `info` does not name", { missing: ["list_accounts"] }],
    ["that answers 404", { missing: ["list_accounts", "info", "app_info"] }],
    [
      "that is not implemented",
      { missing: ["list_accounts", "info", "app_info"], missingAs: "not_implemented" },
    ],
    [
      "that is unsupported",
      { missing: ["list_accounts", "info", "app_info"], missingAs: "unsupported_operation" },
    ],
  ])("of a list %s is not offered", async (_name, behaviour) => {
    const up = await lumosUpstream({ behaviour });
    const { pages, notOffered, error } = await up.sweep(null);
    expect(pages).toEqual([]);
    expect(error).toBeNull();
    expect(notOffered).toBe("the connector offers no list_accounts");
  });

  test("that could not tell deleted from deactivated accounts shows what it sees and proves nothing", async () => {
    const up = await lumosUpstream({ behaviour: { missing: ["get_account"] } });
    const { pages, notOffered, error } = await up.sweep(null);
    expect(observed(pages).length).toBeGreaterThan(100);
    expect(error).toBeNull();
    expect(notOffered).toContain("leaves deactivated accounts out");
    const forbidden = await lumosUpstream({
      behaviour: { failing: { get_account: { error_code: "permission_denied" } } },
    });
    expect((await forbidden.sweep(null)).notOffered).toContain("leaves deactivated accounts out");
  });

  test("needs no look-ups where the operator says that lists have every account", async () => {
    const up = await lumosUpstream({ behaviour: { missing: ["get_account"], listsDeactivated: true } }, all);
    const { pages, isComplete } = await up.sweep(null);
    expect(isComplete).toBe(true);
    expect(folded(observed(pages))).toEqual(await up.truth());
  });

  test("resumed from any page shows the same and is complete", async () => {
    const up = await lumosUpstream({ accounts: 60 }, { pageSize: 9 });
    const whole = await up.sweep(null);
    expect(whole.pages.length).toBeGreaterThan(5);
    for (const [index, { position }] of whole.pages.entries()) {
      const rest = await up.sweep(position);
      expect(rest.isComplete).toBe(true);
      expect(observed([...whole.pages.slice(0, index + 1), ...rest.pages])).toEqual(observed(whole.pages));
    }
  });

  test("during which accounts come and go never makes another one look absent", async () => {
    const up = await lumosUpstream({ accounts: 120, behaviour: { listsDeactivated: true } }, { pageSize: 9 });
    const before = await up.truth();
    const { pages, isComplete } = await up.sweep(null, {
      beforeNext: async () => void (await up.control.mutate({ insert: 2, update: 2, delete: 2 })),
    });
    expect(isComplete).toBe(true);
    const after = await up.truth();
    const seen = new Set(observed(pages).map(({ id }) => id));
    expect([...before.keys()].filter((id) => after.has(id) && !seen.has(id))).toEqual([]);
  });

  test("whose page token has become too old is incomplete", async () => {
    const up = await lumosUpstream({ accounts: 60 }, { pageSize: 9 });
    const { isComplete, error } = await up.sweep(null, {
      beforeNext: async () => void (await up.control.options({ tokenGeneration: 2 })),
    });
    expect(isComplete).toBe(false);
    expect(error).toMatchObject({ ...incomplete, retryAfterMs: null });
  });

  test.each([
    ["an answer of an unknown shape", "wrong-shape", "TIDEMARK_UPSTREAM_UNEXPECTED"],
    ["an empty body", "empty-body", "TIDEMARK_UPSTREAM_UNEXPECTED"],
    ["a body cut in half", "truncated", "TIDEMARK_UPSTREAM_UNAVAILABLE"],
    ["a 403", "403", "TIDEMARK_UPSTREAM_FORBIDDEN"],
    ["an account without id", "item-without-id", "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE"],
    ["an account with a NUL in its id", "item-with-nul", "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE"],
  ] as const)("with %s never completes", async (_name, kind, code) => {
    const up = await lumosUpstream({ accounts: 60 });
    const times = kind.startsWith("item") ? 1 : 99;
    await up.control.inject({ kind, path: "list_accounts", times });
    const { pages, isComplete, error } = await up.sweep(null);
    expect(isComplete).toBe(false);
    expect(error).toMatchObject({ code });
    expect(rejectedIn(pages)).toHaveLength(kind.startsWith("item") ? 1 : 0);
  });
});

describe("a look-up", () => {
  test("tells who is gone, who is deactivated, and who may not be read", async () => {
    const up = await loadedLumos({ accounts: 20 });
    const [gone = "", idle = "", active = ""] = [...(await up.truth()).keys()];
    await up.control.mutate({
      changes: [
        { op: "delete", id: gone },
        { op: "update", id: idle, changes: { user_status: "DEPROVISIONED" } },
      ],
    });
    const { observations, rejected } = await up.get([gone, idle, active, "never-was"]);
    expect(rejected).toEqual([]);
    expect(observations).toContainEqual({ id: gone, gone: true, at: null });
    expect(observations).toContainEqual({ id: "never-was", gone: true, at: null });
    expect(observations.find(({ id }) => id === idle)).toMatchObject({ document: { status: "inactive" } });
    expect(folded(observations).get(active)).toEqual((await up.truth()).get(active));

    await up.control.options({ failing: { get_account: { error_code: "permission_denied" } } });
    const forbidden = await up.get([gone, active]);
    expect(forbidden.observations).toEqual([]);
    expect(forbidden.rejected.map(({ raw }) => raw)).toEqual([{ id: gone }, { id: active }]);
  });

  test("that is answered with another account sets it aside", async () => {
    const up = await loadedLumos({ accounts: 5 });
    const [id = ""] = [...(await up.truth()).keys()];
    await up.control.inject({ kind: "item-without-id", path: "get_account" });
    const { observations, rejected } = await up.get([id]);
    expect(observations).toEqual([]);
    expect(rejected).toMatchObject([{ reason: expect.stringContaining("about another or has no id") }]);
  });

  test.each(["404", "not_implemented", "unsupported_operation"] as const)(
    "that the connector does not offer (%s) is tried once and tells nothing",
    async (missingAs) => {
      const up = await loadedLumos({ accounts: 20, behaviour: { missing: ["get_account"], missingAs } });
      const [gone = "", ...rest] = [...(await up.truth()).keys()];
      await up.control.mutate({ changes: [{ op: "delete", id: gone }] });
      expect(await up.get([gone, ...rest])).toEqual({ observations: [], rejected: [] });
      expect(await up.asked("get_account")).toHaveLength(1);
    },
  );

  describe("where lists have every account", () => {
    const behaviour = { missing: ["get_account"], listsDeactivated: true };

    test("is a second complete list", async () => {
      const up = await loadedLumos({ accounts: 40, behaviour }, { ...all, pageSize: 7 });
      const [gone = "", there = ""] = [...(await up.truth()).keys()];
      await up.control.mutate({ changes: [{ op: "delete", id: gone }] });
      const { observations } = await up.get([gone, there]);
      expect(observations).toHaveLength(2);
      expect(observations).toContainEqual({ id: gone, gone: true, at: null });
      expect(folded(observations).get(there)).toEqual((await up.truth()).get(there));
    });

    test.each([
      ["empty", "empty-answer"],
      ["with an account that could be any", "item-without-id"],
    ] as const)("a list %s tells nothing", async (_name, kind) => {
      const up = await loadedLumos({ accounts: 20, behaviour }, all);
      await up.control.inject({ kind, path: "list_accounts" });
      expect(await up.get(["never-was"])).toEqual({ observations: [], rejected: [] });
    });
  });
});
