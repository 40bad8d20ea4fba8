import type { Store } from "../ports/store.ts";
import { SandboxError } from "./servers/sandbox-error.ts";
import { waitUntil } from "./servers/wait-until.ts";

const patienceMs = 120_000;
const ageOf = { poll: "lastPollAgeMs", sweep: "lastSweepAgeMs" } as const;

/**
 * Waits until each source has been polled (where it has polls) and completely swept once more, from now on, and everything is in Kafka.
 * @param died Resolves when the worker ends by itself.
 * @throws SandboxError when that takes too long or the worker ends
 */
export async function lastPass(
  store: Store,
  sources: readonly string[],
  died: Promise<SandboxError>,
  stop: AbortSignal,
): Promise<void> {
  let death: SandboxError | null = null;
  void (async () => {
    death = await died;
  })();
  const comesTrue = (condition: () => Promise<boolean>) =>
    waitUntil(condition, patienceMs, () => death === null && !stop.aborted);

  /** Asks every source that has such passes for one. @returns whether each has ended one since. */
  const passed = async (verb: "poll" | "sweep") => {
    const { sources: known } = await store.overview();
    const asked = known
      .filter(({ name, pollDueInMs }) => sources.includes(name) && (verb === "sweep" || pollDueInMs !== null))
      .map(({ name }) => name);
    const askedAtMs = performance.now();
    for (const source of asked) await store.askIntent({ source, verb, actor: "sandbox" });
    return comesTrue(async () => {
      const sinceMs = performance.now() - askedAtMs;
      const overview = await store.overview();
      return overview.sources
        .filter(({ name }) => asked.includes(name))
        .every((source) => (source[ageOf[verb]] ?? Number.POSITIVE_INFINITY) < sinceMs);
    });
  };
  const drained = async () =>
    (await store.overview()).shards.every(({ lastSeq, publishedSeq }) => lastSeq === publishedSeq);

  // A pass that ended may have begun before and missed what changed behind it: only the second certainly did not.
  let hasRested = true;
  for (const verb of ["poll", "poll", "sweep", "sweep"] as const) hasRested &&= await passed(verb);
  hasRested &&= await comesTrue(drained);
  if (stop.aborted) return;
  if (death !== null) throw death;
  if (!hasRested) {
    throw new SandboxError(
      `the sources have not come to rest within ${patienceMs / 1_000} s; see the worker's log`,
    );
  }
}
