import { describe, expect, test } from "vitest";
import { figure } from "../../bench/figure.ts";
import { figuresOf, tableOf, withTable } from "../../bench/table.ts";

const load = figure("first load of 100,000 accounts", 8_612.4, "events/s", 18_790);
const sweep = figure("sweep of 1,000,000 accounts without changes", 41.26, "s");

describe("the table of figures", () => {
  test("has a row per figure, with three digits and the ratio to the plain script", () => {
    expect(tableOf([load]).split("\n").at(-1)).toBe(
      "| first load of 100,000 accounts | 8,610 events/s | 18,800 events/s | 0.46 |",
    );
  });

  test("leaves the plain script's cells empty where it cannot do the same", () => {
    expect(tableOf([sweep]).split("\n").at(-1)).toBe(
      "| sweep of 1,000,000 accounts without changes | 41.3 s |  |  |",
    );
  });

  test("is made from the bench's lines, whatever npm prints around them", () => {
    const lines = ["> tidemark@0.1.0 bench", JSON.stringify(load), JSON.stringify(sweep), ""];
    expect(figuresOf(lines.join("\n"))).toEqual([load, sweep]);
  });

  test("replaces what is between the marks of a document, and nothing else", async () => {
    const document = "# Title\n\n<!-- figures -->\n\nold\n\n<!-- end of figures -->\n\nThe end.\n";
    const written = await withTable(document, tableOf([load, sweep]));
    expect(written).toMatch(
      /^# Title\n\n<!-- figures -->\n\n\| figure .*\n\n<!-- end of figures -->\n\nThe end\.\n$/s,
    );
    expect(written).not.toContain("old");
    expect(await withTable(written, tableOf([load, sweep]))).toBe(written);
  });

  test("goes into no document without marks", async () => {
    await expect(withTable("# Title\n", tableOf([load]))).rejects.toThrow("there is no <!-- figures -->");
  });
});
