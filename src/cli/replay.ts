import { whyNotCompacted, whyNotInto } from "../app/replay-target.ts";
import type { Op } from "../core/change.ts";
import { ConfigError } from "../core/errors.ts";
import type { AskedReplay, Replay, ReplayRefusal, Store } from "../ports/store.ts";
import { wireBrokers, wireLog } from "../wire.ts";
import { actor } from "./ask-owner.ts";
import { type TypedReplay, goneText } from "./gone-text.ts";
import { instantOption } from "./instant-option.ts";
import { isDecimalId } from "./is-decimal-id.ts";
import { noSuchSource, unknownSource } from "./no-such-source.ts";
import { type ConfigOption, type OutputOption, configOf, isJson } from "./options.ts";
import { pageOf } from "./page-of.ts";
import { refuse } from "./refuse.ts";
import { showReplay } from "./replay-progress.ts";
import { planText, replayListText, replayText } from "./replay-text.ts";
import { paceOf } from "./pace-option.ts";
import type { SnapshotOptions } from "./snapshot.ts";
import { withStore } from "./with-store.ts";

/** How many replays are listed at once. */
const listed = 50;
const ops: readonly Op[] = ["inserted", "updated", "deleted"];

type ReplayOptions = ConfigOption & OutputOption;
type AskedOfJournal = Extract<AskedReplay, { kind: "journal" }>;

type StartOptions = SnapshotOptions & TypedReplay;

/** `tidemark replay start`: publishes events of the journal again, and shows how far that is until it is done. */
export function startReplay(options: StartOptions): Promise<number> {
  return withStore(options, async (store) => {
    const nowMs = Date.now();
    const asked = askedOf(options, nowMs);
    const estimate = await store.estimateReplay(asked);
    if ("kind" in estimate) return refuse(await whyRefused(estimate, options, store, nowMs));
    const topics = asked.topic === null ? estimate.topics : [asked.topic];
    for (const topic of topics) {
      const why = await whyNotTo(topic, options, store);
      if (why !== null) return refuse(why);
    }
    const plan = { ...estimate, topics, pace: asked.pace };
    if (options.dryRun === true) {
      console.log(isJson(options) ? JSON.stringify(plan) : planText(plan, nowMs));
      return 0;
    }
    if (estimate.events === 0)
      return refuse("the journal holds no such event: nothing was begun. (tidemark status)");
    const begun = await store.startReplay(asked);
    if ("kind" in begun) return refuse(await whyRefused(begun, options, store, nowMs));
    return showReplay(store, begun.id, options);
  });
}

/** `tidemark replay list`: what was replayed, newest first. */
export function listReplays(options: ReplayOptions & { before?: string; source?: string }): Promise<number> {
  const { before, source } = options;
  return withStore(options, async (store) => {
    if (before !== undefined) await found(store, before);
    if (source !== undefined && (await store.sourceDetails(source)) === null)
      throw await unknownSource(store, source);
    const newest = await store.replays({ limit: listed + 1, before, source });
    const { shown, hasOlder } = pageOf(newest, listed);
    console.log(
      isJson(options)
        ? JSON.stringify(shown)
        : replayListText(shown, { before, source, hasOlder }, Date.now()),
    );
    return 0;
  });
}

/** `tidemark replay show <id>`: one replay with its progress. */
export function showOneReplay(id: string, options: ReplayOptions): Promise<number> {
  return withStore(options, async (store) => {
    const replay = await found(store, id);
    console.log(isJson(options) ? JSON.stringify(replay) : replayText(replay, Date.now()));
    return 0;
  });
}

const steered = { pause: "paused", resume: "resumed", cancel: "cancelled" } as const;

/** `tidemark replay pause | resume | cancel <id>`. */
export function steerReplay(verb: keyof typeof steered, id: string, options: ReplayOptions): Promise<number> {
  return withStore(options, async (store) => {
    const before = await found(store, id);
    if (!(await store.steerReplay(id, verb)))
      return refuse(
        `replay ${id} is ${before.state}: it cannot be ${steered[verb]}. (tidemark replay show ${id})`,
      );
    const after = await found(store, id);
    const next = verb === "pause" ? `\n  Let it go on: tidemark replay resume ${id}` : "";
    console.log(isJson(options) ? JSON.stringify(after) : `replay ${id} is ${steered[verb]}${next}`);
    return 0;
  });
}

/** @throws ConfigError with what is wrong with the options */
function askedOf(options: StartOptions, nowMs: number): AskedOfJournal {
  const { from, since, until, source = null, account = null, op, toTopic = null } = options;
  const faults = [
    ...((from === undefined) === (since === undefined)
      ? ["say where to begin: either --from <shard>:<seq> or --since <time>"]
      : []),
    ...(from !== undefined && !/^\d{1,4}:[1-9]\d{0,17}$/.test(from)
      ? [`--from must be a shard and an event's number in it, such as 0:1200, not ${from}`]
      : []),
  ];
  const wanted = op?.split(",").map((one) => one.trim()) ?? null;
  const strange = wanted?.filter((one) => !ops.includes(one as Op)) ?? [];
  if (strange.length > 0)
    faults.push(`--op takes ${ops.join(", ")}, with commas between; not ${strange.join()}`);
  if (faults.length > 0) throw new ConfigError("TIDEMARK_USAGE", faults);
  const [shard = "0", seq = "1"] = (from ?? "").split(":");
  return {
    kind: "journal",
    actor: actor(),
    pace: paceOf(options),
    source,
    from:
      since === undefined ? { shard: Number(shard), seq } : { since: instantOption("--since", since, nowMs) },
    until: until === undefined ? null : instantOption("--until", until, nowMs),
    accountId: account,
    ops: wanted as Op[] | null,
    topic: toTopic,
  };
}

/** Asks the brokers, which may know better than what was pinned. */
async function whyNotTo(topic: string, options: StartOptions, store: Store): Promise<string | null> {
  const config = configOf(options);
  if (topic === `${config.prefix}.progress`)
    return `topic ${topic} is where Tidemark keeps its positions: name another. (tidemark replay start --help)`;
  const brokers = wireBrokers(config, wireLog({ to: process.stderr, level: "error" }));
  try {
    return await whyNotInto(topic, options.source ?? null, { brokers, store });
  } finally {
    await brokers.close();
  }
}

/** @throws ConfigError when there is no such source */
async function whyRefused(
  refusal: ReplayRefusal,
  options: StartOptions,
  store: Store,
  nowMs: number,
): Promise<string> {
  if (refusal.kind === "gone") return goneText(refusal, options, nowMs);
  if (refusal.kind === "compacted") return whyNotCompacted(refusal.topic, options.source ?? null);
  const { source } = options;
  const { sources, shards } = await store.overview();
  if (refusal.kind === "no-such-source") throw noSuchSource(source ?? "", sources);
  const own = sources.find(({ name }) => name === source)?.shard;
  const where = own === undefined ? `shards are 0 to ${shards.length - 1}` : `${source} is in shard ${own}`;
  return `there is nothing to replay: ${where}. (tidemark status)`;
}

/** @throws ConfigError when there is no such replay */
async function found(store: Store, id: string): Promise<Replay> {
  const replay = isDecimalId(id) ? await store.replay(id) : null;
  if (replay !== null) return replay;
  throw new ConfigError("TIDEMARK_USAGE", [`there is no replay ${id}: run tidemark replay list`]);
}
