import { afterEach, expect, test } from "vitest";
import { lastCursor, observed, rejectedIn } from "../support/connector-harness.ts";
import { closeUpstreams, distinct, idsOf, loadedSailPoint, sailPointUpstream } from "./sailpoint-upstream.ts";

afterEach(closeUpstreams);

const incomplete = { code: "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE" };

test.each([
  ["source by source", {}],
  ["over everything where sources may not be listed", { behaviour: { forbidsSources: true } }],
  ["with pages that are short in mid-list", { behaviour: { shortPageEvery: 2 } }],
  ["with an end that is told by 400", { accounts: 750, behaviour: { offsetOverrun: "error" as const } }],
])("a sweep %s shows every account once and is complete", async (_name, options) => {
  const up = await sailPointUpstream({ accounts: 1_600, ...options });
  const { pages, isComplete, error } = await up.sweep(null);
  expect(error).toBeNull();
  expect(isComplete).toBe(true);
  expect(idsOf(observed(pages))).toEqual(await up.ids());
});

test("a sweep reads only the sources that the settings name, and needs no total then", async () => {
  const sourceIds = await someSourceIds();
  const up = await sailPointUpstream({}, { sourceIds: sourceIds.slice(0, 1) });
  const { pages, isComplete } = await up.sweep(null);
  expect(isComplete).toBe(true);
  const { accounts } = await up.control.truth();
  const wanted = accounts.filter(({ record }) => record["sourceId"] === sourceIds[0]).map(({ id }) => id);
  expect(idsOf(observed(pages))).toEqual(wanted.sort());
});

test("polls, too, show only the sources that the settings name, while everything moves the watermark", async () => {
  const [sourceId] = await someSourceIds();
  const up = await loadedSailPoint({}, { sourceIds: [sourceId ?? ""] });
  await up.control.advance(60_000);
  const changed = await up.control.mutate({ insert: 20, update: 20 });
  const { accounts } = await up.control.truth();
  const isOf = new Map(accounts.map(({ id, record }) => [id, record["sourceId"]]));
  const wanted = distinct(changed.map(({ id }) => id)).filter((id) => isOf.get(id) === sourceId);
  expect(wanted.length).toBeGreaterThan(0);
  expect(wanted.length).toBeLessThan(changed.length);
  const first = await up.poll(up.cursor);
  expect(idsOf(observed(first.pages))).toEqual(wanted);
  const before = up.cursor as { watermark: string };
  expect(lastCursor(first.pages)).not.toMatchObject({ watermark: before.watermark });
});

test("accounts outside every listed source make a sweep incomplete", async () => {
  const up = await sailPointUpstream({ accounts: 90 });
  const { pages } = await up.sweep(null);
  const position = pages.at(-1)?.position as { segments: string[]; lengths: number[] };
  const { isComplete, error } = await up.sweep({
    ...position,
    segments: position.segments.slice(0, 2),
    lengths: position.lengths.slice(0, 2),
  });
  expect(isComplete).toBe(false);
  expect(error).toMatchObject(incomplete);
});

test("a sweep resumed from any of its pages shows the same and is complete", async () => {
  const up = await sailPointUpstream({ accounts: 1_600 });
  const whole = await up.sweep(null);
  expect(whole.pages.length).toBeGreaterThan(3);
  for (const [index, { position }] of whole.pages.entries()) {
    const rest = await up.sweep(position);
    expect(rest.isComplete).toBe(true);
    const both = [...observed(whole.pages.slice(0, index + 1)), ...observed(rest.pages)];
    expect(idsOf(both)).toEqual(idsOf(observed(whole.pages)));
  }
});

test.each([
  ["vanish", { delete: 6 }],
  ["appear", { insert: 6 }],
  ["come, change and go", { insert: 20, update: 20, delete: 20 }],
])("accounts that %s meanwhile never make another one look absent", async (_name, mutation) => {
  const up = await sailPointUpstream({ accounts: 1_600 });
  const before = await up.ids();
  const { pages, isComplete, error } = await up.sweep(null, {
    beforeNext: async () => void (await up.control.mutate(mutation)),
  });
  expect(isComplete ? incomplete : error).toMatchObject(incomplete);
  const after = await up.ids();
  const seen = new Set(idsOf(observed(pages)));
  expect(before.filter((id) => after.includes(id) && !seen.has(id))).toEqual([]);
});

test("a sweep under steady change completes", async () => {
  const up = await sailPointUpstream({ accounts: 900 });
  const { isComplete, error } = await up.sweep(null, {
    beforeNext: async () => void (await up.control.mutate({ delete: 1, insert: 1 })),
  });
  expect(error).toBeNull();
  expect(isComplete).toBe(true);
});

test.each([
  ["an empty answer", "empty-answer", 1],
  ["empty answers only", "empty-answer", 99],
  ["an answer of an unknown shape", "wrong-shape", 1],
  ["an empty body", "empty-body", 1],
  ["a 403", "403", 1],
] as const)("%s in a sweep never makes it complete with accounts missing", async (_name, kind, times) => {
  const up = await sailPointUpstream({ accounts: 900 });
  await up.control.inject({ kind, path: "/v3/accounts", after: 1, times });
  const { pages, isComplete, error } = await up.sweep(null);
  const seen = new Set(idsOf(observed(pages)));
  const missing = (await up.ids()).filter((id) => !seen.has(id));
  expect(isComplete ? missing : []).toEqual([]);
  expect(isComplete).toBe(error === null);
});

test("an account without a usable id keeps a sweep from being complete: it could be any", async () => {
  const up = await sailPointUpstream({ accounts: 900 });
  await up.control.inject({ kind: "item-without-id", path: "/v3/accounts" });
  const { pages, isComplete, error } = await up.sweep(null);
  expect(rejectedIn(pages)).toHaveLength(1);
  expect(isComplete).toBe(false);
  expect(error).toMatchObject(incomplete);
});

async function someSourceIds(): Promise<string[]> {
  const { control } = await sailPointUpstream({ accounts: 30 });
  const { accounts } = await control.truth();
  return [...new Set(accounts.map(({ record }) => String(record["sourceId"])))];
}
