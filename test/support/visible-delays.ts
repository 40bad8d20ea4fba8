import { Client } from "pg";
import { followCommitted } from "./console-consumer.ts";
import type { TestInstallation } from "./installation.ts";

/** How long events that were committed within a stretch of time took to reach a consumer. */
export interface Delays {
  readonly events: number;
  readonly medianMs: number;
  readonly longestMs: number;
}

/** A read-committed reader that is not ours, and notes when each event has come. */
export interface VisibilityWatch {
  /** @param sinceMs,untilMs Milliseconds since 1970. Waits until everything in the journal has come. */
  delays(sinceMs: number, untilMs: number): Promise<Delays>;
}

/** What arrives is noted this often. */
const lookEveryMs = 5;

/**
 * Measures from the start of the committing statement, by the database's clock: a little more than what passes from the commit on.
 * @param topic Has to exist.
 */
export async function watchVisibility(
  { databaseUrl }: TestInstallation,
  topic: string,
  onFinished: (stop: () => Promise<void>) => void,
): Promise<VisibilityWatch> {
  const feed = followCommitted({ topics: [topic] });
  const arrivedAtMs: number[] = [];
  const looking = setInterval(() => {
    const nowMs = Date.now();
    while (arrivedAtMs.length < feed.records.length) arrivedAtMs.push(nowMs);
  }, lookEveryMs);
  const database = new Client({ connectionString: databaseUrl });
  await database.connect();
  onFinished(async () => {
    clearInterval(looking);
    await feed.stop();
    await database.end();
  });
  const journal = async () => {
    const { rows } = await database.query<{ event: string; atMs: number }>(
      `select shard || ':' || seq as event, (extract(epoch from created_at) * 1000)::double precision as "atMs"
       from tidemark.journal`,
    );
    return rows;
  };
  await feed.arrived((await journal()).length);

  return {
    async delays(sinceMs, untilMs) {
      const rows = await journal();
      await feed.arrived(rows.length);
      while (arrivedAtMs.length < rows.length)
        await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
      const arrivals = new Map(
        feed.records.map(({ headers }, index) => [
          `${headers["tidemark-shard"]}:${headers["tidemark-seq"]}`,
          arrivedAtMs[index] ?? Number.POSITIVE_INFINITY,
        ]),
      );
      const waits = rows
        .filter(({ atMs }) => atMs >= sinceMs && atMs < untilMs)
        .map(({ event, atMs }) => (arrivals.get(event) ?? Number.POSITIVE_INFINITY) - atMs)
        .sort((a, b) => a - b);
      return {
        events: waits.length,
        medianMs: Math.round(waits[Math.floor(waits.length / 2)] ?? 0),
        longestMs: Math.round(waits.at(-1) ?? 0),
      };
    },
  };
}
