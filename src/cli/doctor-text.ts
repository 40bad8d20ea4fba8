import type { Finding } from "../core/finding.ts";
import { counted } from "./counted.ts";
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
  const sum = [
    ...(faults === 0 ? [] : [counted(faults, "fault")]),
    ...(warnings === 0 ? [] : [counted(warnings, "warning")]),
  ].join(", ");
  return `${findings.map(findingText).join("\n")}\n\n${sum === "" ? "all is well" : sum}`;
}

function findingText({ state, area, subject, message, whatToDo }: Finding): string {
  const about = subject === null ? area : `${area} ${shortened(subject, widestSubject)}`;
  const found = wrap(`${about}: ${message}`, indent).slice(indent.length);
  const lines = [paint(shades[state], state.padEnd(indent.length)) + found];
  if (whatToDo !== null) lines.push(wrap(whatToDo, `${indent}  `));
  return lines.join("\n");
}
