import { readFileSync } from "node:fs";

/** What differs from run to run: numbers, times, ages. */
function masked(text: string): string {
  return text
    .split("\n")
    .map((line) =>
      line
        // the marks of cursors
        .replaceAll(/\b[0-9a-f]{8}\b/g, "0")
        .replaceAll(/\d[\d,.:TZ-]*/g, "0")
        .replaceAll(/<?\b0 ?(ms|s|m|h|d|min)\b/g, "0 s")
        // an age of less than a second is "now", and not "now ago"
        .replaceAll(/\b(just )?now\b/g, "0 s")
        .replaceAll(/\b0 s ago\b/g, "0 s")
        .replaceAll(/ +/g, " ")
        .trim(),
    )
    .filter((line) => line !== "")
    .join("\n");
}

/**
 * What a page shows as printed by a command, for a test to compare with what is really printed: the lines after `$ tidemark <command>` in a fenced
 * block, up to the next `$` or the block's end. Numbers, times and ages are masked, and so are those of `printed`.
 * @param page As in `docs/replay.md`.
 */
export function documented(
  page: string,
  command: string,
  printed: string,
): { shown: string; printed: string } {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), "utf8");
  const blocks = [...text.matchAll(/^```[a-z]*\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? "");
  const prompt = `$ tidemark ${command}\n`;
  const block = blocks.find((candidate) => candidate.includes(prompt));
  if (block === undefined) throw new Error(`${page} does not show "${prompt.trim()}"`);
  const after = block.slice(block.indexOf(prompt) + prompt.length);
  return { shown: masked(after.split(/^\$ /m)[0] ?? ""), printed: masked(printed) };
}
