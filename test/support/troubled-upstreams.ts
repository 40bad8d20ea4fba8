import { setTimeout as pause } from "node:timers/promises";
import type { Control } from "../../src/sandbox/upstreams/control-client.ts";
import type { CommonBehaviour, Fault } from "../../src/sandbox/upstreams/protocol.ts";
import type { Random } from "../../src/sandbox/upstreams/random.ts";

const troubles: readonly Fault[] = [
  { kind: "429", retryAfter: "seconds", retryAfterSeconds: 1 },
  { kind: "429", retryAfter: "none" },
  { kind: "500", times: 2 },
  { kind: "reset" },
  { kind: "truncated" },
  { kind: "slow", ms: 400 },
];

/** Upstreams that have trouble again and again. */
export interface Trouble {
  /** Ends it. @returns how many requests it has struck. */
  stop(): Promise<number>;
}

/** Lets one of the upstreams stumble every `everyMs`: too many requests, gateway errors, cut connections, half answers, silence. */
export function troubledUpstreams(
  controls: readonly Pick<Control<CommonBehaviour>, "inject" | "faults" | "clearFaults">[],
  random: Random,
  everyMs: number,
): Trouble {
  const stopping = new AbortController();
  const troubling = (async () => {
    for (let round = 0; !stopping.signal.aborted; round += 1) {
      // Each kind in turn, so that a short test sees all of them.
      const fault = troubles[round % troubles.length];
      if (fault !== undefined) await random.pick(controls).inject(fault);
      await pause(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();

  return {
    async stop() {
      stopping.abort();
      await troubling;
      let struck = 0;
      for (const control of controls) {
        for (const fault of await control.faults()) struck += fault.struck;
        await control.clearFaults();
      }
      return struck;
    },
  };
}
