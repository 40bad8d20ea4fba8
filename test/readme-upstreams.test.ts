import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { connectors } from "../src/connectors/registry.ts";
import { simulators } from "../src/sandbox/simulators.ts";

/** The rows of the table whose first column has this name: what stands in them, by column. */
function tableOf(page: string, first: string): Record<string, string>[] {
  const lines = readFileSync(new URL(`../${page}`, import.meta.url), "utf8").split("\n");
  const head = lines.findIndex((line) => new RegExp(`^\\| ${first} +\\|`).test(line));
  const length = lines.slice(head).findIndex((line) => !line.startsWith("|"));
  const [columns = [], , ...rows] = lines.slice(head, head + length).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return rows.map((cells) => Object.fromEntries(cells.map((cell, index) => [columns[index] ?? "", cell])));
}

const units = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "m"],
  [1_000, "s"],
] as const;

/** As in the configuration. */
function words(ms: number): string {
  const [unit = 1, letter = "ms"] = units.find(([each]) => ms % each === 0) ?? [];
  return `${ms / unit}${letter}`;
}

const kindOf = ({ upstream = "" }) => /^\[?`(\w+)`/.exec(upstream)?.[1] ?? "";
const upstreams = Object.keys(simulators);

test.each(upstreams)("README says of %s what its connector declares", (kind) => {
  const connector = connectors.get(kind);
  if (connector === undefined) throw new Error(`there is no connector ${kind}`);
  const { deletes, defaults } = connector;
  const { everyMs, sweepEveryMs, budget } = defaults;
  const isPolled = sweepEveryMs !== null;
  expect(tableOf("README.md", "upstream").find((row) => kindOf(row) === kind)).toEqual({
    upstream: `[\`${kind}\`](docs/${kind}.md)`,
    "changed since": expect.stringMatching(isPolled ? `^every ${words(everyMs)}: ` : "^cannot be asked$"),
    "cursor kept": expect.stringMatching(isPolled ? "inside a pass, " : "^none; "),
    "full sweep": expect.stringMatching(`^every ${words(sweepEveryMs ?? everyMs)}\\b`),
    deletes: expect.stringMatching(deletes === "tombstones" ? /^tombstones; by absence/ : /\bby absence/),
    throttling: expect.stringMatching(`^${budget.requests} per ${words(budget.perMs)}; `),
    auth: expect.any(String),
  });
});

test("for each cell there are tests", () => {
  const shown = tableOf("DESIGN.md", "upstream");
  expect(shown.map(kindOf).sort()).toEqual([...upstreams].sort());
  for (const row of shown) {
    expect(Object.keys(row)).toEqual(Object.keys(tableOf("README.md", "upstream")[0] ?? {}));
    for (const [column, cell] of Object.entries(row).slice(1)) {
      const files = [...cell.matchAll(/`([\w-]+)`/g)].map((match) => match[1] ?? "");
      expect(files.length, `${row["upstream"]}, ${column}`).toBeGreaterThan(0);
      for (const file of files) {
        const path = new URL(`connectors/${file}.test.ts`, import.meta.url);
        expect(() => readFileSync(path), file).not.toThrow();
      }
    }
  }
});
