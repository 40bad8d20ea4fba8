import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { appendResult } from "./results.ts";

test("a scenario's rounds become one row below those of earlier runs", async () => {
  const folder = await mkdtemp(join(tmpdir(), "results-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "RESULTS.md");
  const round = { seed: 7, struck: 3, events: 100, violations: 0, tookMs: 90_000 };
  await appendResult(file, "workers are killed", [round, { ...round, seed: 8 }]);
  await appendResult(file, "Kafka is killed", [{ ...round, violations: 2 }]);

  const rows = (await readFile(file, "utf8")).split("\n").filter((line) => line.startsWith("| 2"));
  const cells = rows.map((row) => row.split("|").map((cell) => cell.trim()));
  expect(cells.map((row) => row.slice(3, -1))).toEqual([
    ["workers are killed", "2", "7", "6", "200", "0", "3.0"],
    ["Kafka is killed", "1", "7", "3", "100", "2", "1.5"],
  ]);
  expect(cells.map((row) => row[2])).toEqual(Array(2).fill(expect.stringMatching(/^[0-9a-f]{7,}/)));
});
