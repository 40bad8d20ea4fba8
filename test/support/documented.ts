import { readFileSync } from "node:fs";
import { masked } from "./masked.ts";

/** What a page shows in its fenced blocks. @param page As in `docs/replay.md`. */
function fencedBlocks(page: string): string[] {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), "utf8");
  return [...text.matchAll(/^```[a-z]*\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? "");
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
  const prompt = `$ tidemark ${command}\n`;
  const block = fencedBlocks(page).find((candidate) => candidate.includes(prompt));
  if (block === undefined) throw new Error(`${page} does not show "${prompt.trim()}"`);
  const after = block.slice(block.indexOf(prompt) + prompt.length);
  return { shown: masked(after.split(/^\$ /m)[0] ?? ""), printed: masked(printed) };
}
