import type { Store } from "../ports/store.ts";
import { SandboxError } from "./servers/sandbox-error.ts";
import { waitUntil } from "./servers/wait-until.ts";

const patienceMs = 120_000;

/**
 * Waits until each source has been polled and completely swept once more, from now on, and everything is in Kafka.
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
  void died.then((error) => {
    death = error;
  });
  const isHopeful = () => death === null && !stop.aborted;

  const startedAtMs = performance.now();
  /** True when every source has ended such a pass that began after the changes had stopped. */
  const passed = (age: "lastPollAgeMs" | "lastSweepAgeMs", sinceMs: number) => async () => {
    const overview = await store.overview();
    return overview.sources
      .filter(({ name }) => sources.includes(name))
      .every((source) => (source[age] ?? Number.POSITIVE_INFINITY) < performance.now() - sinceMs);
  };
  const drained = async () =>
    (await store.overview()).shards.every(({ lastSeq, publishedSeq }) => lastSeq === publishedSeq);

  const isAtRest = async () => {
    // A sweep that was under way may have seen accounts that were deleted since: only the one after it begins now.
    for (const verb of ["poll", "sweep", "sweep"] as const) {
      for (const source of sources) {
        const intent = await store.askIntent({ source, verb, actor: "sandbox" });
        // An intent is carried out while the lane rests: the pass that follows begins after it.
        const isCarriedOut = async () =>
          intent === null || (await store.intent(intent))?.doneAt !== null;
        if (!(await waitUntil(isCarriedOut, patienceMs, isHopeful))) return false;
      }
      const isDone = passed(verb === "poll" ? "lastPollAgeMs" : "lastSweepAgeMs", performance.now());
      if (!(await waitUntil(isDone, patienceMs, isHopeful))) return false;
    }
    return waitUntil(drained, patienceMs, isHopeful);
  };
  const hasRested = await isAtRest();
  if (stop.aborted) return;
  if (death !== null) throw death;
  if (!hasRested) {
    const seconds = Math.round((performance.now() - startedAtMs) / 1_000);
    throw new SandboxError(`the sources have not come to rest within ${seconds} s; see the worker's log`);
  }
}
