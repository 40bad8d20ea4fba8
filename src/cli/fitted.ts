import { wrap } from "./wrap.ts";

/** Sentences with their lines broken where they are too long; what follows is indented as its beginning. A command that ends such a line has one of its own, to be copied. */
export function fitted(text: string, width = 80): string {
  return text
    .split("\n")
    .map((line) => (line.length <= width ? line : broken(line, width)))
    .join("\n");
}

function broken(line: string, width: number): string {
  const [lead = ""] = /^ *(?:- )?/.exec(line) ?? [];
  const indent = " ".repeat(lead.length);
  const at = line.lastIndexOf(": tidemark ");
  const sentence = at < 0 ? line : line.slice(0, at + 1);
  const command = at < 0 ? "" : `\n${indent}  ${line.slice(at + 2)}`;
  return `${lead}${wrap(sentence.slice(lead.length), indent, width).slice(lead.length)}${command}`;
}
