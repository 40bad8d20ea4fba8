import { RetryableError } from "../core/errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { SignsOfLife } from "../ports/signs-of-life.ts";
import type { Lane } from "./lane.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** Longer than a request may take with its retries, and than a statement may take. */
export const silenceLimitMs = 600_000;
/** How often the watchdog looks. */
export const watchEveryMs = 10_000;

/** What watches over one pass. */
export interface Watched extends SignsOfLife {
  /** Since its last sign of life, in milliseconds; 0 while it waits for something whose end is known. */
  silentForMs(): number;
  /** Rejects when the pass is given up: whoever waits for the pass waits no longer, whatever it does. */
  readonly givenUp: Promise<never>;
  giveUp(why: RetryableError): void;
}

export function watched(clock: Clock): Watched {
  const { promise: givenUp, reject: giveUp } = Promise.withResolvers<never>();
  let shownAtMs = clock.monotonicMs();
  let waits = 0;
  const show = () => {
    shownAtMs = clock.monotonicMs();
  };
  return {
    givenUp,
    giveUp,
    show,
    silentForMs: () => (waits > 0 ? 0 : clock.monotonicMs() - shownAtMs),
    async during(wait) {
      waits += 1;
      try {
        return await wait;
      } finally {
        waits -= 1;
        show();
      }
    },
  };
}

/** Gives up the passes that have shown no sign of life for too long: their sources back off and try again, as after any failure. */
export function endSilentPasses(lanes: Iterable<Lane>, { metrics }: Pick<WorkerPorts, "metrics">): void {
  for (const { pass, source } of lanes) {
    const silentForMs = pass?.watched.silentForMs() ?? 0;
    if (pass === null || silentForMs <= silenceLimitMs) continue;
    metrics.watchdogEnded(source.name);
    const what = `its ${pass.kind} neither heard of the upstream nor committed anything for ${Math.round(silentForMs / 60_000)} minutes`;
    pass.watched.giveUp(new RetryableError("TIDEMARK_PASS_STUCK", what));
  }
}
