import { expect, test } from "vitest";
import { backfill } from "../../src/cli/backfill.ts";
import { snapshot } from "../../src/cli/snapshot.ts";

const options = { config: "there-is-none.yaml", output: "table", wait: true };

test.each([
  ["soon", undefined, "--since must be a time such as"],
  ["1d", "then", "--until must be a time such as"],
  ["1d", "2d", "to read up to now: tidemark backfill acme-hr --since 1d"],
  ["2999-01-01", undefined, "2999-01-01 is yet to come"],
])("a backfill since %s until %s is refused before anything is asked", async (since, until, said) => {
  const range = until === undefined ? { since } : { since, until };
  await expect(backfill("acme-hr", { ...options, ...range })).rejects.toMatchObject({
    faults: [expect.stringContaining(said)],
  });
});

test.each(["0", "-1", "fast", ""])("a pace of %j is none", async (pace) => {
  const refused = { faults: [expect.stringContaining("--pace must be a number from 1")] };
  await expect(snapshot("acme-hr", { ...options, pace })).rejects.toMatchObject(refused);
  await expect(backfill("acme-hr", { ...options, since: "1d", pace })).rejects.toMatchObject(refused);
});
