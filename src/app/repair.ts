import { FatalError } from "../core/errors.ts";
import type { ErrorCode } from "../core/error-table.ts";
import { type RepairStep, type RepairWish, chooseRepair } from "../core/repair.ts";
import { type Examination, examineShard } from "./examine-shard.ts";
import { holdShards } from "./hold-shards.ts";
import { carryOut } from "./repair-step.ts";
import { type RepairedShard, planRepublication, takePositionBack, withPublisher } from "./republish.ts";
import type { Checked } from "./topic-book.ts";
import { topicsToPublish } from "./topics-to-publish.ts";

/** What `repair` is to do. */
export interface RepairOptions extends RepairWish {
  /** Look, and say what would be done. */
  dryRun: boolean;
  /** Under which the shards are held. */
  workerId: string;
}

/** What `repair` works with. */
export interface RepairPorts extends Pick<RepairedShard, "ports" | "publication"> {
  /** Members of a connector's accounts that make no difference. */
  volatileOf(connector: string): readonly string[];
}

/** What became of a shard. */
export interface ShardReport {
  shard: number;
  state: "agrees" | "to-be-repaired" | "repaired" | "refused";
  /** What contradicts; null where nothing does. */
  code: ErrorCode | null;
  /** For people: what was found, what was or would be done, what to do next. */
  lines: string[];
}

/** A shard on its way through the repair. */
interface Case extends RepairedShard {
  found: Examination;
  step: RepairStep;
  report: ShardReport;
}

/**
 * Looks at the shards that have sources, and repairs what its operator has agreed to. It can be killed at any moment and repeated: until a
 * shard is wholly repaired, a worker that starts refuses it.
 *
 * @throws FatalError where topics are gone and it only looks; ConfigError while a worker holds one of the shards.
 */
export async function repair(options: RepairOptions, repairing: RepairPorts): Promise<ShardReport[]> {
  const { ports } = repairing;
  const all = (await ports.store.overview()).shards.map(({ shard }) => shard);
  const sources = await ports.store.loadSources(all);
  const wanted = [...new Set(sources.map(({ shard }) => shard))]
    .filter((shard) => options.shard === null || shard === options.shard)
    .sort((a, b) => a - b);
  const topics = await topicsToPublish(wanted, options.republishFrom, sources, ports.store);

  return holdShards(wanted, options.workerId, ports, async (shards) => {
    const checked = await checkTopics(topics, options, repairing);
    const cases: Case[] = [];
    for (const shard of shards) cases.push(await caseOf({ ...repairing, shard, checked }, options));
    const waiting = cases.filter(({ found, step }) => step.do === "republish" && hidesItsLoss(found));
    // All of them before the first one publishes: its events would hide from the others that theirs are gone.
    if (!options.dryRun) for (const one of waiting) await attempt(one, () => refuseUntilRepublished(one));
    for (const one of cases) {
      if (one.report.state !== "refused") await attempt(one, () => repairShard(one, options, repairing));
    }
    return cases.map(({ report }) => report);
  });
}

async function caseOf(repaired: RepairedShard, options: RepairOptions): Promise<Case> {
  const found = await examine(repaired);
  const { decision, position, anchor, isRecovered } = found;
  const { shard } = repaired.shard;
  const code = decision.do === "refuse" ? decision.code : null;
  const next = position === null ? null : String(position.next);
  const publishedSeq = anchor?.publishedSeq ?? "0";
  const step = chooseRepair({ shard, code, isRecovered, next, publishedSeq }, options);
  const agreement = isRecovered ? "Kafka has lost its position, which the topics prove" : "the stores agree";
  const lines = [decision.do === "refuse" ? decision.why : agreement];
  return { ...repaired, found, step, report: { shard, state: "agrees", code, lines } };
}

function examine(repaired: RepairedShard): Promise<Examination> {
  const { shard, checked, ports, publication } = repaired;
  return withPublisher(repaired, (publisher) =>
    examineShard(shard, publisher, checked, publication.journalId, ports),
  );
}

/** True when the next start would not refuse the shard any more as soon as somebody publishes to its topic. */
function hidesItsLoss({ decision }: Examination): boolean {
  return decision.do !== "refuse" || decision.code === "TIDEMARK_TOPIC_MISSING";
}

async function refuseUntilRepublished(one: Case): Promise<void> {
  if (one.step.do !== "republish") return;
  const { from } = await planRepublication(one, one.step.from);
  await takePositionBack(one, from);
}

async function repairShard(one: Case, { dryRun }: RepairOptions, repairing: RepairPorts): Promise<void> {
  const { report, step } = one;
  if (step.do === "nothing") return;
  if (step.do === "advise") {
    report.state = "refused";
    report.lines.push(step.advice);
    return;
  }
  const { plan, act } = await carryOut(step, { ...repairing, ...one });
  report.lines.push(...plan);
  report.state = "to-be-repaired";
  if (dryRun) return;
  await act();
  const { decision } = await examine(one);
  if (decision.do === "refuse") throw new FatalError(decision.code, decision.why);
  report.state = "repaired";
}

/** One shard that cannot be repaired does not keep the others from it. */
async function attempt({ report }: Case, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof FatalError)) throw error;
    Object.assign(report, { state: "refused", code: error.code });
    report.lines.push(`${error.message}; nothing more is done for it`);
  }
}

/** Topics that are gone are created anew, unless it only looks: what they held is the shards' business. */
async function checkTopics(
  topics: readonly { name: string; compacted: boolean }[],
  { dryRun }: RepairOptions,
  { ports, publication }: RepairPorts,
): Promise<Checked> {
  const { store, brokers, log } = ports;
  try {
    return await publication.topics.check(topics);
  } catch (error) {
    const isGone = error instanceof FatalError && error.code === "TIDEMARK_TOPIC_MISSING";
    if (!isGone || dryRun) throw error;
    log.warn("repair.topics-created", { reason: error.message });
    // Weak settings are judged by the check that follows.
    const pinned = await store.pinnedTopics();
    await brokers.ensureTopics({ topics: pinned, existing: [], allowWeakDurability: true });
    return publication.topics.check(topics);
  }
}
