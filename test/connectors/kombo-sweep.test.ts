import { afterEach, describe, expect, test } from "vitest";
import { observed, rejectedIn } from "../support/connector-harness.ts";
import { closeUpstreams, folded, komboUpstream } from "./kombo-upstream.ts";

afterEach(closeUpstreams);

const incomplete = { code: "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE" };
const unknown = "0123456789abcdef01234567";

test("a sweep shows every user, the tombstones too, and is complete", async () => {
  const up = await komboUpstream();
  const [gone] = await up.control.mutate({ delete: 1 });
  const { pages, isComplete, error } = await up.sweep(null);
  expect(error).toBeNull();
  expect(isComplete).toBe(true);
  expect(folded(observed(pages))).toEqual(await up.truth());
  expect(observed(pages)).toContainEqual({ id: gone?.id, gone: true, at: gone?.at });
});

test("a sweep resumed from any of its pages shows the rest and is complete", async () => {
  const up = await komboUpstream();
  const whole = await up.sweep(null);
  expect(whole.pages).toHaveLength(3);
  for (const [index, { position }] of whole.pages.entries()) {
    const rest = await up.sweep(position);
    expect(rest.isComplete).toBe(true);
    expect(observed([...whole.pages.slice(0, index + 1), ...rest.pages])).toEqual(observed(whole.pages));
  }
});

test("an empty answer in a sweep is asked for again before it is believed", async () => {
  const up = await komboUpstream();
  for (const after of [0, 1, 2]) {
    await up.control.inject({ kind: "empty-answer", after });
    const { pages, isComplete } = await up.sweep(null);
    expect(isComplete).toBe(true);
    expect(folded(observed(pages))).toEqual(await up.truth());
    await up.control.clearFaults();
  }
});

test.each(["item-without-id", "item-with-nul"] as const)(
  "%s keeps a sweep from being complete, also after a restart: it could be anybody",
  async (kind) => {
    const up = await komboUpstream();
    await up.control.inject({ kind });
    const { pages, isComplete, error } = await up.sweep(null);
    expect(rejectedIn(pages)).toHaveLength(1);
    expect([isComplete, error]).toEqual([false, expect.objectContaining(incomplete)]);
    expect((await up.sweep(pages.at(-1)?.position ?? null)).error).toMatchObject(incomplete);
  },
);

test.each([
  ["a 403", "403"],
  ["an unknown shape", "wrong-shape"],
  ["an empty body", "empty-body"],
  ["bodies cut in half", "truncated"],
] as const)("%s never completes a sweep", async (_name, kind) => {
  const up = await komboUpstream();
  await up.control.inject({ kind, after: 1, times: 99 });
  const { isComplete, error } = await up.sweep(null);
  expect(isComplete).toBe(false);
  expect(error).not.toBeNull();
});

test("a cursor that Kombo has forgotten makes a sweep incomplete", async () => {
  const up = await komboUpstream({ behaviour: { cursorMs: 60_000 } });
  const { isComplete, error } = await up.sweep(null, { beforeNext: () => up.pass(61_000) });
  expect([isComplete, error]).toEqual([false, expect.objectContaining(incomplete)]);
});

describe.each(["404", "omitted"] as const)("a look-up where ids that do not exist are %s", (unknownIds) => {
  test("tells who is there, who is a tombstone, and who is gone", async () => {
    const up = await komboUpstream({ accounts: 10, behaviour: { unknownIds } });
    const [deleted] = await up.control.mutate({ delete: 1 });
    const ids = await up.ids();
    const { observations, rejected } = await up.get([...ids, deleted?.id ?? "", unknown]);
    expect(rejected).toEqual([]);
    expect(folded(observations)).toEqual(await up.truth());
    expect(observations.filter((one) => "gone" in one)).toEqual([
      { id: deleted?.id, gone: true, at: deleted?.at },
      { id: unknown, gone: true, at: null },
    ]);
  });

  test("takes a user that vanished without a tombstone for gone", async () => {
    const up = await komboUpstream({ accounts: 10, behaviour: { unknownIds, forgetsDeleted: true } });
    const [deleted] = await up.control.mutate({ delete: 1 });
    const id = deleted?.id ?? "";
    expect((await up.get([id])).observations).toEqual([{ id, gone: true, at: null }]);
  });

  test("tells nothing when the filter shows nobody, or nobody is left to prove it by", async () => {
    const up = await komboUpstream({ accounts: 10, behaviour: { unknownIds } });
    const [id = ""] = await up.ids();
    await up.control.inject({ kind: "empty-answer", path: "ids=", times: 99 });
    await expect(up.get([id])).rejects.toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAVAILABLE" });
    await up.control.inject({ kind: "empty-answer", times: 99 });
    expect(await up.get([id])).toEqual({ observations: [], rejected: [] });
  });

  test("believes neither an empty body, nor that the integration is gone", async () => {
    const up = await komboUpstream({ accounts: 10, behaviour: { unknownIds } });
    const [id = ""] = await up.ids();
    await up.control.inject({ kind: "empty-body", path: "ids=" });
    await expect(up.get([id])).rejects.toMatchObject({ code: "TIDEMARK_UPSTREAM_UNEXPECTED" });
    await up.control.clearFaults();
    await up.control.options({ refuses: { status: 404, code: "PLATFORM.INTEGRATION_NOT_FOUND" } });
    await expect(up.get([id])).rejects.toMatchObject({ code: "TIDEMARK_UPSTREAM_REJECTED_REQUEST" });
  });
});
