import type { UpstreamCheck } from "../../core/upstream-check.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Store } from "../../ports/store.ts";
import type { CheckedUpstream } from "./upstream-findings.ts";

/** Longer than an owner gives an upstream. */
const patienceMs = 25_000;
const lookEveryMs = 200;

/** Has the owners of these sources ask their upstreams, all at once. What nobody has answered in time is taken back. */
export async function checkUpstreams(
  sources: readonly string[],
  { store, clock, actor }: { store: Store; clock: Clock; actor: string },
): Promise<CheckedUpstream[]> {
  const deadlineMs = clock.monotonicMs() + patienceMs;
  return Promise.all(
    sources.map(async (source) => {
      const id = await store.askIntent({ source, verb: "check", actor });
      const check = id === null ? null : await answerTo(id);
      if (id !== null && check === null) await store.withdrawIntent({ id, actor });
      return { source, check };
    }),
  );

  async function answerTo(id: string): Promise<UpstreamCheck | null> {
    while (clock.monotonicMs() < deadlineMs) {
      const intent = await store.intent(id);
      // Only this version's owners carry it out, and they answer like this.
      if (intent !== null && intent.doneAt !== null) return intent.answer as UpstreamCheck | null;
      await clock.sleep(lookEveryMs, never);
    }
    return null;
  }
}

const never = new AbortController().signal;
