import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { defaultFields } from "../../src/connectors/bamboohr/settings.ts";
import type { Observation } from "../../src/core/account.ts";
import type { BambooHrBehaviour } from "../../src/sandbox/upstreams/bamboohr/behaviour.ts";
import { lastCursor, observed, rejectedIn } from "../support/connector-harness.ts";
import { bambooHrUpstream, closeUpstreams, folded, loadedBambooHr } from "./bamboohr-upstream.ts";

afterEach(closeUpstreams);

type Upstream = Awaited<ReturnType<typeof bambooHrUpstream>>;

/** How often the pass told that it does without reports, and why. */
const unused = ({ log }: Upstream) =>
  log.lines
    .filter(({ message }) => message === "bamboohr.report.unused")
    .map(({ fields }) => fields["because"]);

const byId = (observations: readonly Observation[]) => new Map(observations.map((each) => [each.id, each]));

/** A company whose employees have all been read late enough: only what changes from here on is due. */
async function settledBambooHr(behaviour: Partial<BambooHrBehaviour> = {}) {
  const up = await loadedBambooHr({ behaviour: { sinceIncludes: false, ...behaviour } });
  await up.control.advance(63_000);
  const cursor = lastCursor((await up.poll(up.cursor)).pages);
  await up.control.clearRequests();
  return { ...up, cursor };
}

/** Updates of these employees. */
const updates = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => ({ op: "update" as const, id: `${first + index}` }));

describe("many employees", () => {
  test("are read with one report per page, and one of each page by itself", async () => {
    const up = await bambooHrUpstream();
    const { pages, error } = await up.poll(null);
    expect(error).toBeNull();
    expect(folded(observed(pages))).toEqual(await up.truth());
    const [everyone, ...reports] = (await up.requests("reports")).map(
      ({ body }) => JSON.parse(body) as { filters?: { employeeIds: string[] } },
    );
    expect(everyone?.filters).toBeUndefined();
    expect(reports.map(({ filters }) => filters?.employeeIds.length)).toEqual([100, 100, 50]);
    expect(await up.hydrated()).toBe(3);
    expect(await up.control.requests()).toHaveLength(8);
    expect(unused(up)).toEqual([]);
  });

  test("up to ten are read one by one", async () => {
    const up = await settledBambooHr();
    await up.control.mutate({ changes: updates(1, 10) });
    const { pages } = await up.poll(up.cursor);
    expect([await up.hydrated(), (await up.requests("reports")).length]).toEqual([10, 0]);
    await up.control.mutate({ changes: updates(20, 30) });
    await up.poll(lastCursor(pages));
    expect([await up.hydrated(), (await up.requests("reports")).length]).toEqual([11, 1]);
  });

  test(
    "are the same documents whichever way they are read, whatever stands in them",
    { timeout: 60_000 },
    async () => {
      const anyText = fc.oneof(
        fc.constantFrom("", "0000-00-00", "true", " ", "two\nlines", "a\ttab", 'quo"ted', "né Łukasz 李 👩‍🚀"),
        fc.string({ unit: "grapheme" }),
        fc.constant(null),
      );
      const anyEmployee = fc.dictionary(fc.constantFrom(...defaultFields.slice(0, -1)), anyText);
      const anyFields = fc.option(fc.subarray([...defaultFields, "photoUrl", "nope"], { minLength: 1 }), {
        nil: undefined,
      });
      const property = fc.asyncProperty(
        fc.array(anyEmployee, { minLength: 11, maxLength: 20 }),
        anyFields,
        async (employees, fields) => {
          const up = await bambooHrUpstream(
            { accounts: employees.length },
            fields === undefined ? {} : { fields },
          );
          const changes = employees.map((changes, index) => ({
            op: "update" as const,
            id: `${index + 1}`,
            changes,
          }));
          await up.control.mutate({ changes });
          const reported = await up.poll(null);
          expect(await up.hydrated()).toBe(1);
          await up.control.options({ forbidsReports: true });
          const single = await up.poll(null);
          expect(await up.hydrated()).toBe(1 + employees.length);
          const withoutPhoto = (observations: readonly Observation[]) =>
            JSON.parse(
              JSON.stringify(observations).replaceAll(/"photoUrl":"[^"]*"/g, '"photoUrl":""'),
            ) as Observation[];
          expect(byId(withoutPhoto(observed(reported.pages)))).toEqual(
            byId(withoutPhoto(observed(single.pages))),
          );
          await closeUpstreams();
        },
      );
      await fc.assert(property, { numRuns: 40 });
    },
  );
});

describe("a report that cannot be used is told once and costs one request", () => {
  test.each([
    ["it is refused", { forbidsReports: true }],
    ["it shows others than those that were asked for", { ignoresReportIds: true }],
    ["it differs from the employees themselves", { reportsNulls: true }],
  ])("%s", async (because, behaviour) => {
    const up = await bambooHrUpstream({ behaviour });
    const { pages, error } = await up.poll(null);
    expect(error).toBeNull();
    expect(folded(observed(pages))).toEqual(await up.truth());
    expect(unused(up)).toEqual([because]);
    expect(await up.requests("reports")).toHaveLength(2);
    await up.control.options({ forbidsReports: false, ignoresReportIds: false, reportsNulls: false });
    await up.control.clearRequests();
    await up.poll(null);
    expect(await up.hydrated()).toBe(3);
  });

  test("too many fields for it: they are asked for with each employee", async () => {
    const fields = ["firstName", ...Array.from({ length: 399 }, (_, index) => `custom${index}`)];
    const up = await bambooHrUpstream({ accounts: 20 }, { fields });
    const { pages, error } = await up.poll(null);
    expect(error).toBeNull();
    expect(observed(pages)).toHaveLength(20);
    expect(unused(up)).toEqual(["it is refused"]);
  });
});

test("a report from an older copy hides no change, also when the one that is compared is not older there", async () => {
  const up = await settledBambooHr({ reportLagMs: 30_000 });
  await up.control.mutate({ changes: updates(1, 1) });
  await up.control.advance(40_000);
  await up.control.mutate({ changes: updates(2, 30) });
  const { pages } = await up.poll(up.cursor);
  const truth = await up.truth();
  const known = folded(observed(pages));
  expect(known.size).toBe(30);
  for (const [id, shown] of known) expect(shown).toEqual(truth.get(id));
  expect(unused(up)).toEqual([]);
});

test("whom a report lacks is asked for: gone is what a 404 says, and two who may not be read do not halt the rest", async () => {
  const up = await settledBambooHr();
  await up.control.mutate({ changes: updates(1, 30) });
  await up.control.options({ forbiddenIds: ["2", "3"] });
  await up.control.inject({
    kind: "shift",
    path: "changed",
    mutation: { changes: [{ op: "delete", id: "1" }] },
  });
  const { pages, error } = await up.poll(up.cursor);
  expect(error).toBeNull();
  expect(observed(pages).filter((each) => "gone" in each)).toEqual([{ id: "1", gone: true, at: null }]);
  expect(rejectedIn(pages)).toMatchObject(
    ["2", "3"].map((id) => ({ raw: { id }, reason: "the key may not read this employee" })),
  );
  expect(observed(pages)).toHaveLength(28);
  expect(await up.hydrated()).toBe(4);
});

test.each([
  "empty-answer",
  "truncated",
  "empty-body",
  "wrong-shape",
  "403",
  "500",
  "reset",
  "item-without-id",
  "item-with-nul",
  "unknown-members",
] as const)("a report with the fault %s makes nobody gone and nobody another", async (kind) => {
  const up = await bambooHrUpstream();
  // The first report is the one about everybody, whom the feed lists here anyway.
  await up.control.inject({ kind, path: "reports", after: 1, times: 9 });
  const struck = await up.poll(null);
  const truth = await up.truth();
  const known = folded(observed(struck.pages));
  expect(observed(struck.pages).some((each) => "gone" in each)).toBe(false);
  for (const [id, shown] of known) expect(shown).toEqual(truth.get(id));
  expect(struck.error === null ? known.size : "failed").toBe(
    ["truncated", "empty-body", "wrong-shape", "500", "reset"].includes(kind) ? "failed" : 250,
  );
  await up.control.clearFaults();
  const { pages, error } = await up.poll(lastCursor(struck.pages));
  expect(error).toBeNull();
  expect(folded(observed(pages), known)).toEqual(truth);
});
