import type { Process, Simulation } from "./simulation.ts";

/** How well something outside of the processes is reached; one object per server, shared by all its links. */
export interface Conditions {
  /** How often a call goes wrong, 0 … 1. */
  faultRate: number;
  /** How often a process is killed or paused at a call, 0 … 1. */
  accidentRate: number;
  longestPauseMs: number;
  latencyMs: number;
  /** When nothing comes back, the caller gives up after this long. */
  timeoutMs: number;
  /** How much later than that a request may still arrive. */
  latestMs: number;
  isAway: boolean;
}

/**
 * What becomes of one call. `slow`: it takes nearly as long as the caller waits. `late`: the caller has given up when the request arrives,
 * and it takes effect nevertheless.
 */
type Fate = "fine" | "slow" | "request lost" | "answer lost" | "late";

/** One process' way to one server. */
export interface Link {
  /** @param execute What the server does: atomic, at one moment. @throws what `execute` throws, or that the server cannot be reached */
  call<T>(what: string, execute: () => T | Promise<T>): Promise<T>;
}

interface LinkOptions {
  simulation: Simulation;
  process: Process;
  conditions: Conditions;
  /** What the caller sees when the request or the answer is lost. */
  unreachable(what: string): Error;
}

/** Every call is a point where its process may be killed or paused: before it is sent, while it is under way, and before its answer is read. */
export function createLink({ simulation, process, conditions, unreachable }: LinkOptions): Link {
  const { choices } = simulation;
  const latency = () => choices.between(0.05, conditions.latencyMs);

  const meetAccident = () => {
    if (!choices.chance(conditions.accidentRate / 3)) return;
    if (choices.chance(0.5)) simulation.kill(process);
    else simulation.pause(process, choices.between(10, conditions.longestPauseMs));
  };

  const fateOf = (): Fate => {
    if (conditions.isAway) return "request lost";
    if (!choices.chance(conditions.faultRate)) return "fine";
    return choices.oneOf<Fate>(["slow", "slow", "request lost", "answer lost", "answer lost", "late"]);
  };

  return {
    call: (what, execute) =>
      new Promise((resolve, reject) => {
        const deliver = (answer: () => void) =>
          simulation.after(latency(), process, () => {
            meetAccident();
            if (process.state === "running") answer();
            else simulation.after(0, process, answer);
          });
        const send = () => {
          const fate = fateOf();
          simulation.note(process, fate === "fine" ? what : `${what}: ${fate}`);
          const giveUp = () => {
            const isCut = conditions.isAway || choices.chance(0.7);
            const patienceMs = isCut ? conditions.latencyMs : conditions.timeoutMs;
            simulation.after(patienceMs, process, () => reject(unreachable(what)));
          };
          const isAnswered = fate === "fine" || fate === "slow";
          if (!isAnswered) giveUp();
          if (fate === "request lost") return;
          const delayMs = {
            fine: latency,
            "answer lost": latency,
            slow: () => choices.between(conditions.latencyMs, conditions.timeoutMs),
            late: () => choices.between(conditions.latencyMs, conditions.latestMs),
          }[fate]();
          simulation.after(delayMs, null, () => {
            if (fate === "late") simulation.note(process, `${what}: arrives late`);
            void Promise.resolve()
              .then(execute)
              .then(
                (value) => isAnswered && deliver(() => resolve(value)),
                (error: unknown) => isAnswered && deliver(() => reject(error)),
              );
          });
          meetAccident();
        };
        meetAccident();
        if (process.state === "running") send();
        else simulation.after(0, process, send);
      }),
  };
}
