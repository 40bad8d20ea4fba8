import type { AccountState, AskedAccount, NewEntry, Op } from "../../src/core/change.ts";
import type {
  CommitStep,
  FailedPass,
  Lease,
  PassCounts,
  Source,
  SourceConfig,
  Store,
} from "../../src/ports/store.ts";

/** A store with nothing in it but an empty, migrated schema. */
export interface StoreUnderTest {
  store: Store;
  /** Lets time pass for everything the store decides by its clock. */
  advance: (ms: number) => Promise<void>;
  /** Has events of shard 0 journalled at other moments: number to instant, of days before today, which get partitions. */
  journalledAt: (times: Readonly<Record<string, string>>) => Promise<void>;
}

export const workerId = "worker-a";

/** A source's configuration, with what the test cares about. */
export function config(name: string, different: Partial<SourceConfig> = {}): SourceConfig {
  return {
    name,
    group: null,
    connector: "sailpoint",
    settings: { tenant: "acme", nested: { a: 1, b: [true, null] } },
    topic: "tidemark.sailpoint.accounts",
    compacted: false,
    everyMs: 60_000,
    sweepEveryMs: 3_600_000,
    lookBack: null,
    windows: null,
    budget: { requests: 100, perMs: 10_000 },
    deleteLimit: null,
    insertLimit: null,
    drift: "warn",
    rejectLimit: null,
    privacy: null,
    shard: 0,
    ...different,
  };
}

/** An owned source, ready for its first commit. */
export interface Owned {
  source: Source;
  lease: Lease;
}

/** Installs, adds one source to shard 0 and takes its shard. */
export async function owned(store: Store, different: Partial<SourceConfig> = {}): Promise<Owned> {
  await store.ensureInstallation({ prefix: "tidemark", shardCount: 4 });
  await store.maintainJournal({ daysAhead: 1, retentionDays: 30 });
  await store.applySources([config("acme", different)]);
  const leases = await store.acquireShards({ workerId, limit: 4, ttlMs: 15_000 });
  const [source] = await store.loadSources([0]);
  const lease = leases.find(({ shard }) => shard === 0);
  if (source === undefined || lease === undefined) throw new Error("the source or its shard is missing");
  return { source, lease };
}

/** Another source of the same shard. */
export async function besides(store: Store, { lease }: Owned): Promise<Owned> {
  await store.applySources([config("other")]);
  const source = (await store.loadSources([0])).find(({ name }) => name === "other");
  if (source === undefined) throw new Error("the other source is missing");
  return { source, lease };
}

/** The source as it is now. */
export async function reload(store: Store, source: Source): Promise<Source> {
  const found = await store.loadSource(source.id);
  if (found === null) throw new Error("the source is gone");
  return found;
}

export function hashOf(digit: number): string {
  return String(digit % 10).repeat(32);
}

/** An account as it shall be stored; `null` as document deletes it. */
export function account(
  id: string,
  version = 1,
  document: string | null = `{"id":${JSON.stringify(id)}}`,
): AccountState {
  return { id, version, hash: hashOf(version), document };
}

/** An event of that account, which leaves it in the state that `account` tells of. */
export function entry(
  id: string,
  version = 1,
  op: Op = "inserted",
  { document } = account(id, version, ...(op === "deleted" ? [null] : [])),
): NewEntry {
  return {
    accountId: id,
    version,
    op,
    topic: "tidemark.sailpoint.accounts",
    key: `acme/${id}`,
    head: `{"v":${version},"after":`,
    document,
    tail: "}",
    hash: hashOf(version),
    observedAt: "2026-01-02T03:04:05.006Z",
  };
}

/** Asks for accounts with their documents. */
export function whole(ids: readonly string[]): AskedAccount[] {
  return ids.map((id) => ({ id, unlessHash: "" }));
}

let nonces = 2n ** 62n;

/** The largest nonces there are, each once. */
function freshNonce(): string {
  return String((nonces -= 1n));
}

/** A step from the state that was read, changing nothing but what is given. */
export function step({ source, lease }: Owned, different: Partial<CommitStep> = {}): CommitStep {
  return {
    shard: lease.shard,
    term: lease.term,
    sourceId: source.id,
    kind: "poll",
    revision: source.revision,
    cursorVersion: 1,
    entries: [],
    batchNonce: freshNonce(),
    rejected: [],
    population: source.population,
    activity: source.activity,
    ...different,
  };
}

/** A step that inserts these accounts. */
export function inserting(
  from: Owned,
  ids: readonly string[],
  different: Partial<CommitStep> = {},
): CommitStep {
  return step(from, {
    entries: ids.map((id) => entry(id)),
    population: from.source.population + ids.length,
    ...different,
  });
}

export const noCounts: PassCounts = {
  pages: 1,
  observed: 0,
  inserted: 0,
  updated: 0,
  deleted: 0,
  unchanged: 0,
  quarantined: 0,
};

/** A poll that failed for now. */
export function failed(sourceId: number, lease: { shard: number; term: string }): FailedPass {
  return {
    ...lease,
    sourceId,
    kind: "poll",
    halt: false,
    code: "TIDEMARK_UPSTREAM_UNAVAILABLE",
    message: "503",
    retryInMs: 1_000,
    tookMs: 3,
    counts: noCounts,
    abandonSweep: false,
  };
}

/** Commits; the test has no use for any other outcome. @returns the source as the next step reads it. */
export async function committed(
  store: Store,
  from: Owned,
  next: CommitStep,
): Promise<Owned & { firstSeq: string }> {
  const outcome = await store.commit(next);
  if (outcome.kind !== "committed") throw new Error(`the commit came out ${outcome.kind}`);
  return { lease: from.lease, source: await reload(store, from.source), firstSeq: outcome.firstSeq };
}

/** The term under which a shard is owned now. */
export async function termOf(store: Store, shard: number): Promise<string> {
  const found = (await store.overview()).shards.find((row) => row.shard === shard);
  if (found === undefined) throw new Error(`no shard ${shard}`);
  return found.term;
}

/** Every journal row of a shard. */
export function journalOf(store: Store, shard = 0) {
  return store.nextJournal({ shard, from: "1", limit: 10_000, maxBytes: 1e9 });
}

/** What a commit could have changed, to show that it has not; ages go on by themselves. */
export async function everything(store: Store, { source }: Owned, ids: readonly string[]) {
  const timeless = {
    pollDueInMs: 0,
    sweepDueInMs: 0,
    lookedBackAgeMs: 0,
    lastAttemptAgeMs: 0,
    lastSuccessAgeMs: 0,
    lastChangeAgeMs: 0,
    cursorAgeMs: 0,
    checkpointAgeMs: 0,
  };
  return {
    source: { ...(await reload(store, source)), ...timeless },
    accounts: await store.knownAccounts(source.id, whole(ids)),
    journal: await journalOf(store),
    anchor: await store.shardAnchor(0),
  };
}
