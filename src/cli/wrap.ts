/** A sentence on lines of at most `width` columns, each indented; a word that is longer stays whole. */
export function wrap(text: string, indent = "", width = 80): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(indent + word);
  }
  return lines.join("\n");
}
