import type { Finding } from "../core/finding.ts";
import { type Shade, paint } from "./paint.ts";
import { shortened } from "./shortened.ts";
import { wrap } from "./wrap.ts";

const shades: Record<Finding["state"], Shade | null> = { ok: null, warning: "warn", fault: "bad" };

/** Where what was found begins: behind the longest state. */
const indent = " ".repeat("warning  ".length);
/** A topic's name may be longer than a line. */
const widestSubject = 63;

/** Findings as text of at most 80 columns: a line for each, what to do below it, and how many there are of a kind. */
export function doctorText(findings: readonly Finding[]): string {
  const count = (wanted: Finding["state"]) => findings.filter(({ state }) => state === wanted).length;
  const [faults, warnings] = [count("fault"), count("warning")];
  const sum =
    faults + warnings === 0
      ? "all is well"
      : [counted(faults, "fault"), counted(warnings, "warning")].filter((text) => text !== "").join(", ");
  return `${findings.map(findingText).join("\n")}\n\n${sum}`;
}

function findingText({ state, area, subject, message, whatToDo }: Finding): string {
  const about = subject === null ? area : `${area} ${shortened(subject, widestSubject)}`;
  const found = wrap(`${about}: ${message}`, indent).slice(indent.length);
  const lines = [paint(shades[state], state.padEnd(indent.length)) + found];
  if (whatToDo !== null) lines.push(wrap(whatToDo, `${indent}  `));
  return lines.join("\n");
}

function counted(count: number, what: string): string {
  if (count === 0) return "";
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}
