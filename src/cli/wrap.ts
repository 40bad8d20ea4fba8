import { shortened } from "./shortened.ts";

/** Commands that are longer are broken, too. */
const longestCommand = 64;

/** A sentence on lines of at most `width` columns, each indented; a word that is longer loses its middle. */
export function wrap(text: string, indent = "", width = 80): string {
  const lines: string[] = [];
  for (const word of wordsOf(text)) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(indent + shortened(word, width - indent.length));
  }
  return lines.join("\n");
}

/** A command that is to be typed is one word: it stays on one line. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const word of text.split(" ")) {
    const before = words.at(-1) ?? "";
    if (/^\(?tidemark\b[^.,;:)]*$/.test(before) && before.length + 1 + word.length <= longestCommand)
      words[words.length - 1] = `${before} ${word}`;
    else words.push(word);
  }
  return words;
}
