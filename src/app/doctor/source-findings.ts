import { type Finding, fault, fine, warning } from "../../core/finding.ts";
import { whatToDoAbout } from "../../core/what-to-do.ts";
import type { Overview } from "../../ports/store.ts";
import { withFreshness } from "../overview-freshness.ts";

type FreshSource = ReturnType<typeof withFreshness>[number];

/** What is told of the sources: one line each of those with which something is wrong. @param nowMs The wall clock. */
export function sourceFindings(overview: Overview, nowMs: number): Finding[] {
  const { sources } = overview;
  if (sources.length === 0) {
    const whatToDo = "Name them in the configuration file, then run: tidemark apply";
    return [warning("sources", { message: "there are no sources", whatToDo })];
  }
  const findings = withFreshness(overview, nowMs).flatMap(troubleOf);
  const well = sources.length - new Set(findings.map(({ subject }) => subject)).size;
  return [...findings, fine("sources", `nothing is wrong with ${well} of ${sources.length}`)];
}

function troubleOf(source: FreshSource): Finding[] {
  const { name: subject, freshness, waiting, quarantined } = source;
  const lookAtIt = `Look at it: tidemark source show ${subject}`;
  const findings: Finding[] = [];
  if (freshness === "halted")
    findings.push(
      fault("sources", {
        subject,
        message: `it is halted: ${source.haltedReason ?? source.haltedCode}`,
        whatToDo: whatToDoAbout(source.haltedCode, subject) ?? lookAtIt,
      }),
    );
  else if (freshness === "stuck")
    findings.push(
      fault("sources", {
        subject,
        message: "it is stuck: its next pass is long due, and nothing of it advances",
        whatToDo: lookAtIt,
      }),
    );
  else if (source.failures > 0)
    findings.push(
      warning("sources", {
        subject,
        message: `it is ${freshness === "throttled" ? "throttled" : "failing"} (${source.failures} times): ${source.lastError}`,
        whatToDo: whatToDoAbout(source.lastErrorCode, subject) ?? lookAtIt,
      }),
    );
  else if (freshness === "paused")
    findings.push(
      warning("sources", {
        subject,
        message: "it is paused",
        whatToDo: `To let it go on: tidemark source resume ${subject}`,
      }),
    );
  if (waiting > 0)
    findings.push(
      fault("sources", {
        subject,
        message: `${waiting} ${waiting === 1 ? "change waits" : "changes wait"} for a person`,
        whatToDo: "Decide about them: tidemark hold list",
      }),
    );
  if (quarantined > 0)
    findings.push(
      warning("sources", {
        subject,
        message: `${quarantined} of its items could not be understood`,
        whatToDo: `Look at them: tidemark quarantine list ${subject}`,
      }),
    );
  return findings;
}
