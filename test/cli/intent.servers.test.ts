import { beforeAll, expect, test } from "vitest";
import type { Intent } from "../../src/ports/store.ts";
import { cliInstallation } from "../support/cli-installation.ts";
import { documented } from "../support/documented.ts";

const { start, tidemark, json, overview } = await cliInstallation();

beforeAll(async () => {
  await tidemark("migrate");
  await tidemark("apply");
});

async function asDocumented(command: string): Promise<void> {
  const { text } = await tidemark(...command.split(" "));
  const { shown, printed } = documented("docs/control.md", command, text);
  expect(printed).toBe(shown);
}

test("what nobody can carry out is listed with what it waits for, and is never done once it is withdrawn", async () => {
  expect((await tidemark("intent", "list")).text).toContain("nothing is asked for");
  for (const verb of ["pause", "poll"]) await tidemark("source", verb, "acme-hr");
  for (const id of ["1", "2"]) expect((await tidemark("intent", "withdraw", id)).code).toBe(0);
  await asDocumented("source sweep acme-hr");
  await asDocumented("intent list");
  await asDocumented("intent withdraw 3");
  expect(await tidemark("intent", "withdraw", "3")).toEqual({
    code: 1,
    text: "tidemark: intent 3 is over already: withdrawn by tester.\n(tidemark intent list --all)",
  });
  for (const id of ["99", "x"])
    expect(await tidemark("intent", "withdraw", id)).toEqual({
      code: 2,
      text: `tidemark: there is no intent ${id}: run tidemark intent list --all`,
    });

  await tidemark("source", "pause", "acme-hr");
  start("run", "--no-http");
  await expect.poll(async () => (await overview()).sources[0]?.state, { timeout: 30_000 }).toBe("paused");
  const all = await json<(Intent & { waitsFor: string | null })[]>("intent", "list", "--all");
  expect(all.map(({ id, outcome, waitsFor }) => [id, outcome, waitsFor])).toEqual([
    ["4", "done", null],
    ["3", "withdrawn by tester", null],
    ["2", "withdrawn by tester", null],
    ["1", "withdrawn by tester", null],
  ]);
  expect(
    all.filter((intent) => "answer" in intent),
    "answers hold documents",
  ).toEqual([]);
  expect(
    JSON.parse((await tidemark("intent", "withdraw", "3", "--output", "json")).text.split("\n")[0] ?? ""),
  ).not.toHaveProperty("answer");
  expect((await overview()).sources[0], "no sweep has begun").toMatchObject({ lastSweepAgeMs: null });
  expect(await tidemark("intent", "withdraw", "4")).toMatchObject({
    code: 1,
    text: "tidemark: intent 4 is over already: done. (tidemark intent list --all)",
  });
});
