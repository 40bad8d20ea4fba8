import { afterEach, describe, expect, test } from "vitest";
import { observed, rejectedIn } from "../support/connector-harness.ts";
import { centuryUpstream, closeUpstreams, folded, idsOf } from "./century-upstream.ts";

afterEach(closeUpstreams);

const incomplete = { code: "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE" };
const unknown = "68f06c66-702a-4c26-b8c5-b6dc4f81f25d";

test("a sweep shows every user once and is complete when as many were seen as are counted", async () => {
  const up = await centuryUpstream();
  await up.control.mutate({ delete: 7 });
  const { pages, isComplete, error } = await up.sweep(null);
  expect(error).toBeNull();
  expect(isComplete).toBe(true);
  expect(folded(observed(pages))).toEqual(await up.truth());
});

test("a sweep resumed from any of its pages shows the rest and is complete", async () => {
  const up = await centuryUpstream();
  const whole = await up.sweep(null);
  expect(whole.pages).toHaveLength(3);
  for (const [index, { position }] of whole.pages.entries()) {
    const rest = await up.sweep(position);
    expect(rest.isComplete).toBe(true);
    expect(observed([...whole.pages.slice(0, index + 1), ...rest.pages])).toEqual(observed(whole.pages));
  }
});

test("a count above what was seen proves nothing, at the first page or at the last", async () => {
  const up = await centuryUpstream({ behaviour: { miscountsBy: 1 } });
  const both = await up.sweep(null);
  expect([both.isComplete, both.error]).toEqual([false, expect.objectContaining(incomplete)]);
  await up.control.options({ miscountsBy: 1 });
  const first = await up.sweep(null, {
    beforeNext: async () => void (await up.control.options({ miscountsBy: 0 })),
  });
  expect(first.error).toMatchObject(incomplete);
  const last = await up.sweep(null, {
    beforeNext: async () => void (await up.control.options({ miscountsBy: 1 })),
  });
  expect(last.error).toMatchObject(incomplete);
  await up.control.options({ miscountsBy: 0 });
  expect((await up.sweep(null)).isComplete).toBe(true);
});

describe.each(["keyset", "offset"] as const)("while users come and go, with %s cursors", (cursors) => {
  test.each([
    ["vanish", { delete: 6 }],
    ["appear", { insert: 6 }],
    ["come, change and go", { insert: 20, update: 20, delete: 20 }],
  ])("those that %s never make another one look deleted", async (_name, mutation) => {
    const up = await centuryUpstream({ accounts: 450, behaviour: { cursors } });
    const before = [...(await up.truth()).keys()];
    const { pages, isComplete, error } = await up.sweep(null, {
      beforeNext: async () => void (await up.control.mutate(mutation)),
    });
    expect(isComplete).toBe(error === null);
    expect(error ?? incomplete).toMatchObject(incomplete);
    const seen = new Set(idsOf(observed(pages)));
    const absent = before.filter((id) => !seen.has(id));
    const { observations } = await up.get(absent.slice(0, 100));
    const truth = await up.truth();
    for (const observation of observations) {
      expect(truth.has(observation.id)).toBe(!("gone" in observation));
    }
    expect(observations).toHaveLength(Math.min(100, absent.length));
    const skipped = absent.filter((id) => truth.has(id));
    // A cursor that is a number skips one for each that goes before it.
    expect(cursors === "keyset" ? skipped : []).toEqual([]);
  });
});

test("a sweep under steady change completes", async () => {
  const up = await centuryUpstream({ accounts: 450 });
  const { isComplete, error } = await up.sweep(null, {
    beforeNext: async () => void (await up.control.mutate({ delete: 1, insert: 1 })),
  });
  expect([isComplete, error]).toEqual([true, null]);
});

test.each([
  ["an empty answer", "empty-answer", 1, incomplete.code],
  ["an unknown shape", "wrong-shape", 1, "TIDEMARK_UPSTREAM_UNEXPECTED"],
  ["an empty body", "empty-body", 1, "TIDEMARK_UPSTREAM_UNEXPECTED"],
  ["a 403", "403", 1, "TIDEMARK_UPSTREAM_FORBIDDEN"],
  ["bodies cut in half", "truncated", 99, "TIDEMARK_UPSTREAM_UNAVAILABLE"],
  ["a user without id", "item-without-id", 1, incomplete.code],
  ["a user with a NUL in its id", "item-with-nul", 1, incomplete.code],
] as const)("%s never completes a sweep", async (_name, kind, times, code) => {
  const up = await centuryUpstream();
  await up.control.inject({ kind, after: 1, times });
  const { pages, isComplete, error } = await up.sweep(null);
  expect(isComplete).toBe(false);
  expect(error).toMatchObject({ code });
  expect(rejectedIn(pages)).toHaveLength(kind.startsWith("item") ? 1 : 0);
});

describe("a look-up", () => {
  test("names 30 users at once, and tells who is there and who is gone", async () => {
    const up = await centuryUpstream();
    const gone = await up.control.mutate({ delete: 20 });
    // Not the first one: it is the witness.
    const ids = [...(await up.truth()).keys()].slice(1, 61);
    const { observations, rejected } = await up.get([...ids, ...gone.map(({ id }) => id), unknown]);
    expect(rejected).toEqual([]);
    expect(idsOf(observations.filter((one) => "document" in one))).toEqual(ids);
    expect(idsOf(observations.filter((one) => "gone" in one))).toEqual([
      ...gone.map(({ id }) => id),
      unknown,
    ]);
    const asked = (await up.control.requests()).map(({ query }) => [query["userId"] ?? []].flat().length);
    expect(asked).toEqual([0, 30, 30, 24]);
  });

  test("tells nothing when the filter shows nobody, or nobody is left to prove it by", async () => {
    const up = await centuryUpstream();
    const [id = ""] = (await up.truth()).keys();
    await up.control.inject({ kind: "empty-answer", path: "userId=", times: 99 });
    await expect(up.get([id])).rejects.toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAVAILABLE" });
    await up.control.inject({ kind: "empty-answer", times: 99 });
    expect(await up.get([id])).toEqual({ observations: [], rejected: [] });
  });

  test.each([
    ["the filter is ignored", { accounts: 250, behaviour: { ignoresIds: true } }],
    [
      "the filter is ignored and everybody fits on one page",
      { accounts: 5, behaviour: { ignoresIds: true } },
    ],
  ])("is not believed when %s", async (_name, options) => {
    const up = await centuryUpstream(options);
    await expect(up.get([unknown])).rejects.toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAVAILABLE" });
  });

  test("is not believed when a user in it has no id: it could be the one that is missing", async () => {
    const up = await centuryUpstream();
    const ids = [...(await up.truth()).keys()].slice(0, 3);
    await up.control.inject({ kind: "item-without-id", path: "userId=" });
    await expect(up.get(ids)).rejects.toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAVAILABLE" });
  });
});
