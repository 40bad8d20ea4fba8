import { wrap } from "./wrap.ts";

/** Says why something is not done: a sentence, then lines with what to type, which stay as they are. @returns the exit code */
export function refuse(why: string): number {
  const [first = "", ...more] = why.split("\n");
  console.error([wrap(`tidemark: ${first}`), ...more].join("\n"));
  return 1;
}
