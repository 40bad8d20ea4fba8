import type { MeasuredProcess } from "./measured-process.ts";
import { until } from "./until.ts";
import { type World, isLoaded, published } from "./world.ts";

/** A pass over accounts that have not changed since they were loaded. */
export interface UnchangedPass {
  seconds: number;
  cpuMicros: number;
  /** Of a worker that did nothing else. */
  peakMb: number;
  /** Rows that were inserted, updated or deleted meanwhile. */
  rowsWritten: { account: number; journal: number };
}

/** What a source watches, and when it was asked. */
export interface WatchedUpstream {
  /** As in the configuration. */
  source: object;
  /** Forgets that it was asked. */
  forget(): Promise<unknown>;
  /** When it was first asked for accounts since then, in milliseconds since 1970, as soon as it is. */
  firstAskedAt(): Promise<number>;
}

/** So many seconds in a row with hardly any work: by then the collector has taken away what the start left behind. */
const restSeconds = 10;
const restCpuMs = 50;

/** One source whose accounts were all loaded and published by a worker that has ended since. */
export interface LoadedSource extends AsyncDisposable {
  /** Reads everything once more, each time in a new worker: by a poll from the beginning, or, once it has come to rest, by a sweep. */
  readAgain(kind: "poll" | "sweep"): Promise<UnchangedPass>;
}

/** @param accounts As many as the upstream has. */
export async function loadedSource(
  world: World,
  accounts: number,
  upstream: WatchedUpstream,
): Promise<LoadedSource> {
  await using started = new AsyncDisposableStack();
  const installation = started.use(await world.installation({ bench: upstream.source }));
  const { store, query } = installation;
  const loader = installation.worker();
  await until(async () => (await published(store)) >= accounts, 100);
  await until(() => isLoaded(store));
  await loader.stop();
  const running = started.move();

  /** Exact only between workers: a connection reports what it wrote when it ends. */
  async function rowsWritten(): Promise<UnchangedPass["rowsWritten"]> {
    const rows = await query<{ name: "account" | "journal"; rows: number }>(
      `select split_part(relname, '_', 1) as name, sum(n_tup_ins + n_tup_upd + n_tup_del)::integer as rows
       from pg_stat_user_tables
       where schemaname = 'tidemark' and (relname = 'account' or relname like 'journal%') group by 1`,
    );
    const written = { account: Number.NaN, journal: Number.NaN };
    for (const { name, rows: count } of rows) written[name] = count;
    return written;
  }

  return {
    async readAgain(kind) {
      const rowsBefore = await rowsWritten();
      if (!(Math.min(rowsBefore.account, rowsBefore.journal) >= accounts))
        throw new Error(`not all rows of the first load were counted: ${JSON.stringify(rowsBefore)}`);
      if (kind === "poll")
        await query("update tidemark.source set cursor = null, cursor_moved_at = null, next_poll_at = now()");
      await upstream.forget();
      const worker = installation.worker();
      if (kind === "sweep") {
        await atRest(worker);
        await store.askIntent({ source: "bench", verb: "sweep", actor: "bench" });
      }
      const startedAtMs = await upstream.firstAskedAt();
      const cpuBeforeMs = worker.cpuMs();
      const endedAtMs = await endOf(kind, startedAtMs);
      const cpuMicros = ((worker.cpuMs() - cpuBeforeMs) * 1_000) / accounts;
      await worker.stop();
      const rowsAfter = await rowsWritten();
      return {
        seconds: (endedAtMs - startedAtMs) / 1_000,
        cpuMicros,
        peakMb: worker.peakBytes() / 1e6,
        rowsWritten: {
          account: rowsAfter.account - rowsBefore.account,
          journal: rowsAfter.journal - rowsBefore.journal,
        },
      };
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };

  /** The database says when: how often it is asked makes no difference. */
  async function endOf(kind: "poll" | "sweep", startedAtMs: number): Promise<number> {
    let endedAtMs = Number.NEGATIVE_INFINITY;
    await until(async () => {
      const [source] = (await store.overview()).sources;
      const ageMs = kind === "poll" ? source?.lastPollAgeMs : source?.lastSweepAgeMs;
      endedAtMs = Date.now() - (ageMs ?? Number.POSITIVE_INFINITY);
      return endedAtMs >= startedAtMs;
    }, 100);
    return endedAtMs;
  }
}

/** Sweeps come hours apart, to workers that have little else to do. */
async function atRest(worker: MeasuredProcess): Promise<void> {
  let cpuMs = 0;
  let quiet = 0;
  await until(() => {
    const now = worker.cpuMs();
    quiet = now > 0 && now - cpuMs < restCpuMs ? quiet + 1 : 0;
    cpuMs = now;
    return quiet >= restSeconds;
  }, 1_000);
}
