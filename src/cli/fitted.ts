import { wrap } from "./wrap.ts";

/** Sentences with their lines broken where they are too long; what follows is indented as its beginning. */
export function fitted(text: string, width = 80): string {
  return text
    .split("\n")
    .map((line) => (line.length <= width ? line : wrap(line.trimStart(), /^ */.exec(line)?.[0], width)))
    .join("\n");
}
