import { oneSource, sourcesOf } from "./first-load.ts";
import { type Tenants, startTenants } from "./tenants.ts";
import { until } from "./until.ts";
import { type World, isLoaded, published } from "./world.ts";

/** A pass over accounts that have not changed since they were loaded. */
export interface UnchangedPass {
  seconds: number;
  cpuMicros: number;
  /** Of a worker that did nothing else. */
  peakMb: number;
  /** Rows of `account` that were inserted, updated or deleted meanwhile. */
  rowsWritten: number;
}

/** One source whose accounts were all loaded and published by a worker that has ended since. */
export interface LoadedSource extends AsyncDisposable {
  tenants: Tenants;
  /** Reads everything once more, each time in a new worker: by a poll from the beginning, or by a sweep. */
  readAgain(kind: "poll" | "sweep"): Promise<UnchangedPass>;
}

export async function loadedSource(world: World, accounts: number): Promise<LoadedSource> {
  await using started = new AsyncDisposableStack();
  const tenants = started.use(await startTenants());
  const installation = started.use(await world.installation(sourcesOf(oneSource(accounts), tenants)));
  const { store, query } = installation;
  const loader = installation.worker();
  await until(async () => (await published(store)) >= accounts, 100);
  await until(() => isLoaded(store));
  await loader.stop();
  const running = started.move();

  /** Exact only between workers: a connection reports what it wrote when it ends. */
  async function rowsWritten(): Promise<number> {
    const [row] = await query<{ rows: number }>(
      `select (n_tup_ins + n_tup_upd + n_tup_del)::integer as rows from pg_stat_user_tables
       where schemaname = 'tidemark' and relname = 'account'`,
    );
    return row?.rows ?? Number.NaN;
  }

  return {
    tenants,
    async readAgain(kind) {
      const rowsBefore = await rowsWritten();
      if (rowsBefore < accounts) throw new Error(`only ${rowsBefore} of ${accounts} rows were counted`);
      if (kind === "poll")
        await query("update tidemark.source set cursor = null, cursor_moved_at = null, next_poll_at = now()");
      else await store.askIntent({ source: "bench", verb: "sweep", actor: "bench" });
      await tenants.forget();
      const worker = installation.worker();
      const [startedAtMs] = await tenants.firstAskedAt();
      const cpuBeforeMs = worker.cpuMs();
      const endedAtMs = await endOf(kind, startedAtMs);
      const cpuMicros = ((worker.cpuMs() - cpuBeforeMs) * 1_000) / accounts;
      await worker.stop();
      return {
        seconds: (endedAtMs - startedAtMs) / 1_000,
        cpuMicros,
        peakMb: worker.peakBytes() / 1e6,
        rowsWritten: (await rowsWritten()) - rowsBefore,
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
