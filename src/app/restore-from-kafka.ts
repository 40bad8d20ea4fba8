import { isCopy } from "../core/change.ts";
import { FatalError, RetryableError } from "../core/errors.ts";
import { storedEntry } from "../core/event.ts";
import { publishedNumbers } from "../core/published-numbers.ts";
import { rebase } from "../core/rebase.ts";
import { type RestoredEvent, restoredEvent } from "../core/restored-event.ts";
import type { Replay, ShardRestore, Source, Store } from "../ports/store.ts";
import type { OwnedShard } from "./owned-shard.ts";
import type { Position } from "./examine-shard.ts";
import { type PublishedEvent, readEvents } from "./recover-position.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** What is written at once; events may be large. */
const batchRows = 500;
const batchChars = 4 * 1024 * 1024;

/** What a database that went back lacks, and what it has instead. */
export interface Divergence {
  /** The last event that both have. */
  agreed: bigint;
  /** The last event in Kafka: those after `agreed` up to this one are to be brought back. */
  last: bigint;
  /** How many events the database has journalled after `agreed`: none of them was published. */
  unpublished: number;
  /** Replays that have brought some of either, or are not over. */
  replays: string[];
}

interface Restoring {
  shard: OwnedShard;
  ports: WorkerPorts;
  /** Members of a connector's accounts that make no difference. */
  volatileOf(connector: string): readonly string[];
}

/**
 * Finds where the histories of database and Kafka part.
 * @throws FatalError when the topics do not hold all that the database lacks: then it cannot be brought back.
 */
export async function findDivergence(
  { shard, ports }: Pick<Restoring, "shard" | "ports">,
  next: bigint,
): Promise<Divergence> {
  const { lastSeq, publishedSeq } = await ports.store.shardAnchor(shard.shard);
  const last = next - 1n;
  const first = BigInt(publishedSeq) + 1n;
  const published = publishedNumbers(first, last);
  const replays = new Set(await unfinishedReplays(shard.shard, ports.store));
  await readEvents(shard, publishedSeq, ports, ({ seq, batchNonce }) => published.add(seq, batchNonce));

  // What the database knew to be published is common to both; a nonce that is equal says so of everything up to it.
  let agreed = BigInt(publishedSeq);
  for (let from = first; from <= BigInt(lastSeq);) {
    const page = { shard: shard.shard, from: String(from), limit: 2_000, maxBytes: 4 * 1024 * 1024 };
    const rows = await ports.store.nextJournal(page);
    for (const { seq, batchNonce, replay } of rows) {
      if (published.batchOf(BigInt(seq)) === batchNonce) agreed = BigInt(seq);
      else if (replay !== undefined) replays.add(replay.id);
    }
    from = BigInt(rows.at(-1)?.seq ?? lastSeq) + 1n;
  }
  const missing = published.missing(agreed + 1n, last);
  if (missing > 0 || published.highest > last) {
    const what =
      missing > 0
        ? `the topics lack ${missing} of the events ${agreed + 1n} to ${last} of shard ${shard.shard}, or their source is not configured`
        : `the topics hold event ${published.highest} of shard ${shard.shard}, but Kafka's position is ${next}`;
    throw new FatalError("TIDEMARK_DATABASE_WENT_BACK", `${what}: they cannot be brought back`);
  }
  return { agreed, last, unpublished: Number(BigInt(lastSeq) - agreed), replays: [...replays] };
}

async function unfinishedReplays(shard: number, store: Store): Promise<string[]> {
  const isHere = (part: Replay["parts"][number]) => part.shard === shard && part.endedAt === null;
  const replays = await store.replays({ limit: 1_000, isOpen: true });
  return replays.flatMap(({ id, parts }) => (parts.some(isHere) ? [id] : []));
}

/**
 * Brings back from Kafka what the database has lost, journal rows and accounts, in one transaction. What the database has observed since it
 * went back, and never published, follows as new events. Cursors stay where they were before the loss: polling
 * again from there finds nothing new in what Kafka has. Those that have moved since begin anew. Replays cannot go on: how far they are went back, too.
 * @returns where Kafka stands, with the nonce that both sides have there now.
 */
export async function restoreFromKafka(
  restoring: Restoring,
  { agreed, last, replays }: Divergence,
): Promise<Position> {
  const { shard, ports } = restoring;
  for (const replay of replays) {
    const failed = {
      shard: shard.shard,
      term: shard.term,
      replay,
      detail: "the database went back while it ran: begin it anew",
    };
    if (!(await ports.store.failReplay(failed))) shard.lose();
  }
  const sources = new Map(
    (await ports.store.loadSources([shard.shard])).map((source) => [source.name, source]),
  );
  const { publishedSeq, publishedNonce } = await ports.store.shardAnchor(shard.shard);
  const shared = await ports.store.journalRow(shard.shard, String(last));
  let nonce = shared?.batchNonce ?? (BigInt(publishedSeq) === last ? publishedNonce : null);
  const isDone = await ports.store.restoreShard(shard, async (restore) => {
    const unpublished = byAccount(await restore.takeOut(String(agreed)));
    const touched = new Set<string>();
    const done = publishedNumbers(agreed + 1n, last);
    const batch: Restored[] = [];
    let firstLostAt: string | null = null;
    let chars = 0;
    const flush = () => {
      chars = 0;
      return putBack(batch.splice(0), restore);
    };

    await readEvents(shard, String(agreed), ports, async (event) => {
      const isWanted = event.seq > agreed && event.seq <= last;
      // An operator may have had it published twice.
      if (!isWanted || done.batchOf(event.seq) !== null) return;
      done.add(event.seq, event.batchNonce);
      if (event.seq === last) nonce = event.batchNonce;
      const restored = understood(event, sources);
      if (restored === null) return;
      if (restored.account !== null && unpublished.has(restored.entry.key)) touched.add(restored.entry.key);
      const { observedAt } = restored.entry;
      // What was taken from the journal was observed long before: no cursor depends on it.
      if (!isCopy(restored.entry) && (firstLostAt === null || observedAt < firstLostAt))
        firstLostAt = observedAt;
      batch.push(restored);
      chars += restored.entry.value.length;
      if (batch.length === batchRows || chars > batchChars) await flush();
    });
    await flush();

    const added = await putOnTop(unpublished, touched, last + 1n, sources, restoring, restore);
    await restore.finish({
      lastSeq: String(last + added),
      publishedSeq: String(last),
      publishedNonce: nonce,
      firstLostAt,
    });
  });
  if (isDone) return { next: last + 1n, nonce };
  shard.lose();
  throw new RetryableError(
    "TIDEMARK_DATABASE_CONFLICT",
    `somebody took shard ${shard.shard} meanwhile: nothing was done`,
  );
}

interface Restored extends RestoredEvent {
  sourceId: number;
}

/** The event in a record; null for a tombstone, which repeats what the delete before it has said. */
function understood({ seq, record }: PublishedEvent, sources: ReadonlyMap<string, Source>): Restored | null {
  const { value, key } = record;
  const [name = ""] = key.split("/", 1);
  const source = sources.get(name);
  if (value === null || source === undefined) return null;
  try {
    return { ...restoredEvent({ ...record, value }), sourceId: source.id };
  } catch (cause) {
    const what = `event ${seq} in Kafka is not understood by this version: it cannot be brought back`;
    throw new FatalError("TIDEMARK_DATABASE_WENT_BACK", what, { cause });
  }
}

/** Of several events of one account the last one is its state; they come in order per account. */
async function putBack(batch: readonly Restored[], restore: ShardRestore): Promise<void> {
  await restore.putEntries(batch.map(({ entry, sourceId }) => ({ ...entry, sourceId })));
  for (const [sourceId, events] of Map.groupBy(batch, (event) => event.sourceId)) {
    const states = new Map(
      events.flatMap(({ account }) => (account === null ? [] : [[account.id, account]])),
    );
    await restore.putAccounts(sourceId, [...states.values()]);
  }
}

type Unpublished = Awaited<ReturnType<ShardRestore["takeOut"]>>[number];
/** What was observed of one account and not published: at least one event. */
type OfAccount = [Unpublished, ...Unpublished[]];

function byAccount(rows: readonly Unpublished[]): ReadonlyMap<string, OfAccount> {
  const accounts = new Map<string, OfAccount>();
  for (const row of rows) {
    // What was published again tells nothing that was observed; its replay does not go on.
    if (row.replay !== undefined) continue;
    const known = accounts.get(row.key);
    if (known === undefined) accounts.set(row.key, [row]);
    else known.push(row);
  }
  return accounts;
}

/** @returns how many events it took. */
async function putOnTop(
  unpublished: ReadonlyMap<string, OfAccount>,
  touched: ReadonlySet<string>,
  next: bigint,
  sources: ReadonlyMap<string, Source>,
  { ports, volatileOf }: Restoring,
  restore: ShardRestore,
): Promise<bigint> {
  const batchNonce = ports.random.nonce();
  let seq = next;
  for (const [key, rows] of unpublished) {
    const [{ sourceId, accountId }] = rows;
    const [name = ""] = key.split("/", 1);
    const source = sources.get(name);
    if (source === undefined) continue;
    const [published] = touched.has(key) ? await restore.knownAccounts(sourceId, [accountId]) : [];
    const diffed = { ...source, volatile: volatileOf(source.connector) };
    const { account, entry } = rebase(diffed, rows, published);
    await restore.putAccounts(sourceId, [account]);
    if (entry === null) continue;
    await restore.putEntries([{ ...storedEntry(entry), sourceId, seq: String(seq), batchNonce }]);
    seq += 1n;
  }
  return seq - next;
}
