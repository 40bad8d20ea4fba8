import { byteSizeText } from "../../core/byte-size.ts";
import { type Finding, fault, fine, warning } from "../../core/finding.ts";
import type { DatabaseCondition, Retention } from "../../ports/store.ts";
import { contradictions } from "../prepare-installation.ts";

/** Older servers lack what some statements need. */
const leastVersion = 150_000;
/** What a worker may open. */
const connectionsOfAWorker = 10;
/** Upstreams are asked what changed since a time of this machine. */
const clockToleranceMs = 5_000;
const dayMs = 86_400_000;

/** What the configuration expects of the database. */
export type WantedDatabase = Pick<Retention, "retentionDays" | "journalMaxBytes"> & {
  prefix: string;
  shardCount: number;
};

/** @param clockAheadMs By how much the database's clock is ahead of this machine's. */
export function databaseFindings(
  condition: DatabaseCondition,
  clockAheadMs: number,
  wanted: WantedDatabase,
): Finding[] {
  const { version, versionNumber, connections } = condition;
  const { used, most } = connections;
  return [
    versionNumber < leastVersion
      ? fault("database", {
          message: `PostgreSQL ${version} is too old`,
          whatToDo: "Use PostgreSQL 15 or newer for postgres.url.",
        })
      : fine("database", `PostgreSQL ${version} answers, and has this version's schema`),
    most - used < connectionsOfAWorker
      ? warning("database", {
          message: `only ${Math.max(0, most - used)} of ${most} connections are free`,
          whatToDo: `A worker uses up to ${connectionsOfAWorker}: raise max_connections of the server behind postgres.url.`,
        })
      : fine("database", `${used} of ${most} connections are in use`),
    clockFinding(clockAheadMs),
    ...installationFindings(condition, wanted),
  ];
}

function clockFinding(aheadMs: number): Finding {
  const seconds = Math.round(Math.abs(aheadMs) / 1_000);
  if (Math.abs(aheadMs) <= clockToleranceMs) return fine("database", "its clock and this machine's agree");
  return warning("database", {
    message: `its clock is ${seconds} s ${aheadMs > 0 ? "ahead of" : "behind"} this machine's`,
    whatToDo:
      "Have both set by NTP: the database decides when sources are due, the machine of a worker from when on upstreams are asked (docs/doctor.md).",
  });
}

function installationFindings(
  { installation, journal }: DatabaseCondition,
  wanted: WantedDatabase,
): Finding[] {
  if (installation === null)
    return [warning("database", { message: "nothing is installed yet", whatToDo: "Run: tidemark apply" })];
  const whatToDo = "Correct prefix and shards in the configuration file.";
  return [
    ...contradictions(installation, wanted).map(({ what }) =>
      fault("database", { message: `it ${what}`, whatToDo }),
    ),
    ...journalFindings(journal, wanted),
  ];
}

function journalFindings(
  { today, days, bytes }: DatabaseCondition["journal"],
  { retentionDays, journalMaxBytes }: WantedDatabase,
): Finding[] {
  const [oldest] = days;
  const size = byteSizeText(bytes);
  const findings: Finding[] = [];
  if (!days.includes(today))
    findings.push(
      fault("database", {
        message: "the journal has no partition for today, so nothing can be committed",
        whatToDo: "Run: tidemark apply",
      }),
    );
  else if (!days.includes(dayAfter(today, 1)))
    findings.push(
      warning("database", {
        message: "the journal has no partition for tomorrow",
        whatToDo: "A worker makes it within the hour; without one, run: tidemark apply",
      }),
    );
  if (oldest !== undefined && oldest < dayAfter(today, -retentionDays))
    findings.push(
      warning("database", {
        message: `the journal still has ${dateOf(oldest)}, which is older than ${retentionDays} d`,
        whatToDo: whatKeepsIt,
      }),
    );
  if (journalMaxBytes !== undefined && bytes > journalMaxBytes)
    findings.push(
      warning("database", {
        message: `the journal takes ${size}, more than ${byteSizeText(journalMaxBytes)}`,
        whatToDo: whatKeepsIt,
      }),
    );
  if (findings.length > 0 || oldest === undefined) return findings;
  return [fine("database", `the journal goes back to ${dateOf(oldest)} and takes ${size}`)];
}

const whatKeepsIt =
  "A worker drops the oldest days within the hour, unless they are not published or a replay reads them: tidemark status, tidemark replay list. See docs/retention.md.";

/** @param day YYYYMMDD, as it comes back. */
function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(dateOf(day)) + days * dayMs).toISOString().slice(0, 10).replaceAll("-", "");
}

function dateOf(day: string): string {
  return `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
}
