import type { WriteStream } from "node:tty";
import { ago } from "./ago.ts";
import { paint } from "./paint.ts";

/** Where a watch shows what it has read. */
export interface WatchScreen {
  show(text: string): void;
  /** The database does not answer. @param lastAnswerAgeMs null: it never has. */
  away(lastAnswerAgeMs: number | null): void;
}

const home = "\u001B[H";
const clearLine = "\u001B[K";
const clearBelow = "\u001B[J";

/** On a terminal one picture in place of the other, cut to its height; else one block after the other. */
export function pictures(out: Pick<WriteStream, "write" | "isTTY" | "rows">): WatchScreen {
  let last: string | null = null;
  const draw = (text: string): void => {
    const lines = text.split("\n");
    const most = out.rows - 1;
    const more = lines.length - most + 1;
    const shown = more > 1 ? [...lines.slice(0, most - 1), `… and ${more} more lines`] : lines;
    out.write(`${home}${shown.map((line) => `${line}${clearLine}\n`).join("")}${clearBelow}`);
  };
  return {
    show(text) {
      last = text;
      if (out.isTTY) draw(text);
      else out.write(`${text}\n\n`);
    },
    away(lastAnswerAgeMs) {
      const line = paint("bad", noAnswer(lastAnswerAgeMs));
      if (out.isTTY) draw(last === null ? line : `${line}\n\n${last}`);
      else out.write(`${line}\n`);
    },
  };
}

/** One line of JSON after the other; that the database is away is told on the other stream. */
export function jsonLines(): WatchScreen {
  return {
    show: (text) => console.log(text),
    away: (lastAnswerAgeMs) => console.error(`tidemark: ${noAnswer(lastAnswerAgeMs)}`),
  };
}

function noAnswer(lastAnswerAgeMs: number | null): string {
  if (lastAnswerAgeMs === null) return "the database does not answer";
  return `the database does not answer; this is how it was ${ago(Math.max(1_000, lastAnswerAgeMs))} ago`;
}
