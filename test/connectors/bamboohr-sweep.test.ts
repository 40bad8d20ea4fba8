import { afterEach, expect, test } from "vitest";
import { observed, rejectedIn } from "../support/connector-harness.ts";
import { bambooHrUpstream, closeUpstreams } from "./bamboohr-upstream.ts";

afterEach(closeUpstreams);

const inOrder = (ids: Iterable<string>) => [...ids].sort((left, right) => Number(left) - Number(right));

test.each([
  ["by report", {}],
  ["by the feed, where the key may not run reports", { behaviour: { forbidsReports: true } }],
])("a sweep %s says who is there, in pages of 1,000, and is complete", async (_name, options) => {
  const up = await bambooHrUpstream({ accounts: 2_300, ...options });
  await up.control.mutate({ delete: 20 });
  const { pages, isComplete, error } = await up.sweep(null);
  expect(error).toBeNull();
  expect(isComplete).toBe(true);
  expect(pages.map(({ observations }) => observations.length)).toEqual([1_000, 1_000, 280]);
  expect(observed(pages)).toEqual(inOrder((await up.truth()).keys()).map((id) => ({ id, present: true })));
  expect(await up.hydrated()).toBe(0);
});

test("a sweep resumed from any of its pages shows the rest", async () => {
  const up = await bambooHrUpstream({ accounts: 2_300 });
  const whole = await up.sweep(null);
  for (const [index, { position }] of whole.pages.entries()) {
    const rest = await up.sweep(position);
    expect(rest.isComplete).toBe(true);
    expect(observed([...whole.pages.slice(0, index + 1), ...rest.pages])).toEqual(observed(whole.pages));
  }
});

test.each([
  ["an undocumented shape", "wrong-shape", "TIDEMARK_UPSTREAM_UNEXPECTED"],
  ["an empty body", "empty-body", "TIDEMARK_UPSTREAM_UNEXPECTED"],
  ["a body cut in half", "truncated", "TIDEMARK_UPSTREAM_UNAVAILABLE"],
  ["an employee without id", "item-without-id", "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE"],
  ["an employee with a NUL in its id", "item-with-nul", "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE"],
] as const)("%s never completes a sweep", async (_name, kind, code) => {
  const up = await bambooHrUpstream();
  await up.control.inject({ kind, path: "reports", times: 99 });
  const { pages, isComplete, error } = await up.sweep(null);
  expect(isComplete).toBe(false);
  expect(error).toMatchObject({ code });
  expect(rejectedIn(pages)).toHaveLength(kind.startsWith("item") ? 1 : 0);
});

test("employees are looked up by their ids", async () => {
  const up = await bambooHrUpstream({ accounts: 5 });
  const [id = ""] = (await up.truth()).keys();
  const { observations } = await up.get([id, "999999"]);
  expect(observations).toEqual([
    { id, document: expect.objectContaining({ id }) },
    { id: "999999", gone: true, at: null },
  ]);
});
