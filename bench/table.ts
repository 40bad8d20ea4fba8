import { readFileSync, writeFileSync } from "node:fs";
import { format } from "prettier";
import { type Figure, shown } from "./figure.ts";

const start = "<!-- figures -->";
const end = "<!-- end of figures -->";

/** The table of a document, from what `npm run bench -- --json` printed. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit, baseline, ratio }) => [
    name,
    `${shown(value)} ${unit}`,
    baseline === null ? "" : `${shown(baseline)} ${unit}`,
    ratio === null ? "" : ratio.toFixed(2),
  ]);
  const lines = [["figure", "Tidemark", "plain script", "ratio"], ["---", "---", "---", "---"], ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** @param lines Figures as lines of JSON; other lines, such as npm's own, are passed over. */
export function figuresOf(lines: string): Figure[] {
  return lines
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Figure);
}

/**
 * A Markdown document with the table between its two marks.
 * @throws Error when the marks are not there
 */
export async function withTable(document: string, table: string): Promise<string> {
  const [before, rest] = document.split(start);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`there is no ${start} … ${end}`);
  return await format(`${before}${start}\n\n${table}\n\n${end}${after}`, {
    parser: "markdown",
    printWidth: 110,
  });
}

if (import.meta.main) {
  const [input, document] = process.argv.slice(2);
  if (input === undefined) throw new Error("usage: node bench/table.ts <figures.jsonl> [document.md]");
  const table = tableOf(figuresOf(readFileSync(input, "utf8")));
  if (document === undefined) console.log(table);
  else writeFileSync(document, await withTable(readFileSync(document, "utf8"), table));
}
