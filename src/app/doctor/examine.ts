import { RetryableError, TidemarkError } from "../../core/errors.ts";
import { type Area, type Finding, fault, warning } from "../../core/finding.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ExamineCluster } from "../../ports/cluster.ts";
import type { DatabaseCondition, Overview, PinnedTopic, Store } from "../../ports/store.ts";
import { isAlive } from "../is-alive.ts";
import { progressTopic } from "../topic-book.ts";
import { type Asked, within } from "../within.ts";
import { brokerFindings } from "./broker-findings.ts";
import { checkUpstreams } from "./check-upstreams.ts";
import { type WantedDatabase, databaseFindings } from "./database-findings.ts";
import { sourceFindings } from "./source-findings.ts";
import { upstreamFindings } from "./upstream-findings.ts";
import { workerFindings } from "./worker-findings.ts";

const database: Asked = {
  who: "the database",
  limitMs: 15_000,
  code: "TIDEMARK_DATABASE_UNAVAILABLE",
};
const brokers: Asked = { who: "the brokers", limitMs: 15_000, code: "TIDEMARK_KAFKA_UNAVAILABLE" };
/** They ask the database, too, and wait for the owners of sources. */
const upstreams: Asked = {
  who: "the database",
  limitMs: 40_000,
  code: "TIDEMARK_DATABASE_UNAVAILABLE",
};
/** Each is a request to an upstream. */
const mostUpstreams = 100;

/** What is examined, and what is expected. */
export interface Examination extends WantedDatabase {
  allowWeakDurability: boolean;
  /** Of this program. */
  version: string;
  /** The only source whose upstream is asked; null: all of them. */
  source: string | null;
  actor: string;
}

export interface ExaminationPorts {
  store: Store;
  examineCluster: ExamineCluster;
  clock: Clock;
}

/** What the database has answered. */
interface Known {
  condition: DatabaseCondition;
  /** By how much its clock is ahead of this machine's. */
  clockAheadMs: number;
  topics: PinnedTopic[];
  overview: Overview;
}

/**
 * Examines the database, the brokers and what they know of each other, workers, sources, and through the owners of the sources their upstreams. Whoever
 * does not answer is a finding; nothing is changed, and nothing is created.
 */
export async function examine(wanted: Examination, ports: ExaminationPorts): Promise<Finding[]> {
  const { store, clock } = ports;
  const asked = await within(database, askDatabase(store, clock), clock);
  if ("error" in asked) {
    const unasked = (["workers", "sources", "upstreams"] as const).map((area) =>
      warning(area, {
        message: "could not be asked for: only the database knows them",
        whatToDo: "Run again: tidemark doctor",
      }),
    );
    return [awayFinding("database", asked.error), ...(await askBrokers(wanted, null, ports)), ...unasked];
  }
  const known = asked.answer;
  const [ofBrokers, ofUpstreams] = await Promise.all([
    askBrokers(wanted, known, ports),
    askUpstreams(wanted, known.overview, ports),
  ]);
  return [
    ...databaseFindings(known.condition, known.clockAheadMs, wanted),
    ...ofBrokers,
    ...workerFindings(known.overview, wanted.version),
    ...sourceFindings(known.overview, clock.now()),
    ...ofUpstreams,
  ];
}

async function askDatabase(store: Store, clock: Clock): Promise<Known> {
  await store.checkSchema();
  const askedAtMs = clock.now();
  const condition = await store.databaseCondition();
  // Half of the way there, half of the way back.
  const clockAheadMs = Date.parse(condition.now) - (askedAtMs + clock.now()) / 2;
  return { condition, clockAheadMs, topics: await store.pinnedTopics(), overview: await store.overview() };
}

async function askBrokers(
  { prefix, allowWeakDurability }: Examination,
  known: Known | null,
  { examineCluster, clock }: ExaminationPorts,
): Promise<Finding[]> {
  const topics = known?.topics ?? [];
  const asked = examineCluster(topics.map(({ name }) => name));
  const cluster = await within(brokers, asked, clock);
  if ("error" in cluster) return [awayFinding("brokers", cluster.error)];
  const clusterId = known?.condition.installation?.clusterId ?? null;
  const expected = { clusterId, topics, progressTopic: progressTopic(prefix), allowWeakDurability };
  return brokerFindings(cluster.answer, expected);
}

async function askUpstreams(
  { source, actor }: Examination,
  { workers, sources }: Overview,
  { store, clock }: ExaminationPorts,
): Promise<Finding[]> {
  const names = sources.map(({ name }) => name).filter((name) => source === null || name === source);
  if (names.length === 0) {
    const whatToDo = "See which there are: tidemark status";
    return source === null ? [] : [fault("upstreams", { message: `there is no source ${source}`, whatToDo })];
  }
  if (!workers.some(isAlive)) {
    const message = "they could not be asked: no worker is running";
    return [warning("upstreams", { message, whatToDo: "Start one: tidemark run" })];
  }
  const asked = names.slice(0, mostUpstreams);
  const checking = checkUpstreams(asked, { store, clock, actor });
  const checked = await within(upstreams, checking, clock);
  if ("error" in checked) return [awayFinding("upstreams", checked.error)];
  return upstreamFindings(checked.answer, names.slice(mostUpstreams));
}

const whoToCheck: Partial<Record<Area, string>> = {
  database: "Check postgres.url, that its server runs, and that this machine may reach it.",
  brokers:
    "Check kafka.brokers, kafka.ssl and kafka.sasl, that the brokers run, and that this machine may reach them.",
};

/** What is told when there was no answer, or one that says what to do. */
function awayFinding(area: Area, error: unknown): Finding {
  const message = error instanceof Error ? error.message : String(error);
  const isKnown = error instanceof TidemarkError && !(error instanceof RetryableError);
  const whatToDo = isKnown ? error.whatToDo : (whoToCheck[area] ?? "Run again: tidemark doctor");
  return fault(area, { message, whatToDo });
}
