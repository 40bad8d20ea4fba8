import type { Choices } from "./choices.ts";

/** A process of the simulation; `dead` ones never run again, a restarted worker is a new process. */
export interface Process {
  readonly name: string;
  state: "running" | "paused" | "dead";
}

/** A world with one queue of things to happen: nothing else moves time, and between two of them every promise has settled. */
export interface Simulation {
  readonly choices: Choices;
  nowMs(): number;
  /** Makes a process; `died` is called when it is killed. */
  spawn(name: string, died: () => void): Process;
  kill(process: Process): void;
  /** Stops a process as SIGSTOP does: what should reach it meanwhile reaches it when it wakes. */
  pause(process: Process, forMs: number): void;
  /**
   * Lets something happen later, to a process or (null) outside of all of them. It never happens to a dead process.
   * @returns a function that cancels it.
   */
  after(delayMs: number, owner: Process | null, effect: () => void): () => void;
  /** Whose code is running now; null outside of the processes. */
  running(): Process | null;
  /** Remembers a step for the trace. */
  note(who: Process | null, what: string): void;
  /** The last steps, oldest first. */
  trace(): string[];
  /** Lets things happen until `isDone` says so. @returns false when it has not within the time. */
  run(isDone: () => boolean, limitMs: number): Promise<boolean>;
}

interface Happening {
  atMs: number;
  order: number;
  owner: Process | null;
  effect: (() => void) | null;
}

/** @param tracedSteps How many steps the trace holds. */
export function createSimulation(choices: Choices, tracedSteps: number): Simulation {
  const queue = happeningQueue();
  const asleep = new Map<Process, Happening[]>();
  const died = new Map<Process, () => void>();
  const steps: { atMs: number; who: string; what: string }[] = [];
  let nowMs = 0;
  let order = 0;
  let running: Process | null = null;

  const note = (who: Process | null, what: string) => {
    steps.push({ atMs: nowMs, who: who?.name ?? "-", what });
    if (steps.length > 4 * tracedSteps) steps.splice(0, steps.length - tracedSteps);
  };

  const happen = async (happening: Happening) => {
    const { owner, effect } = happening;
    if (effect === null || owner?.state === "dead") return;
    if (owner?.state === "paused") {
      asleep.get(owner)?.push(happening);
      return;
    }
    happening.effect = null;
    running = owner;
    effect();
    await settled();
    running = null;
  };

  return {
    choices,
    nowMs: () => nowMs,
    running: () => running,
    note,
    trace: () =>
      steps
        .slice(-tracedSteps)
        .map(({ atMs, who, what }) => `${atMs.toFixed(1).padStart(9)} ${who.padEnd(4)} ${what}`),
    spawn(name, onDeath) {
      const process: Process = { name, state: "running" };
      died.set(process, onDeath);
      return process;
    },
    kill(process) {
      if (process.state === "dead") return;
      note(process, "is killed");
      process.state = "dead";
      asleep.delete(process);
      died.get(process)?.();
      died.delete(process);
    },
    pause(process, forMs) {
      if (process.state !== "running") return;
      note(process, `is paused for ${forMs.toFixed(0)} ms`);
      process.state = "paused";
      asleep.set(process, []);
      queue.push({
        atMs: nowMs + forMs,
        order: (order += 1),
        owner: null,
        effect() {
          if (process.state !== "paused") return;
          note(process, "wakes");
          process.state = "running";
          for (const missed of asleep.get(process) ?? [])
            queue.push(Object.assign(missed, { atMs: nowMs, order: (order += 1) }));
          asleep.delete(process);
        },
      });
    },
    after(delayMs, owner, effect) {
      const happening = { atMs: nowMs + Math.max(0, delayMs), order: (order += 1), owner, effect };
      queue.push(happening);
      return () => Object.assign(happening, { effect: null });
    },
    async run(isDone, limitMs) {
      const untilMs = nowMs + limitMs;
      await settled();
      while (!isDone()) {
        const next = queue.pop();
        if (next === undefined || next.atMs > untilMs) {
          if (next !== undefined) queue.push(next);
          nowMs = untilMs;
          return false;
        }
        nowMs = next.atMs;
        await happen(next);
      }
      return true;
    },
  };
}

/** A real turn of the event loop comes only after every promise that can settle has settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A binary heap by time, then by order of arrival. */
function happeningQueue() {
  const heap: Happening[] = [];
  const isBefore = (a: Happening, b: Happening) =>
    a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  return {
    push(item: Happening): void {
      let at = heap.length;
      while (at > 0) {
        const above = (at - 1) >> 1;
        const parent = heap[above];
        if (parent === undefined || isBefore(parent, item)) break;
        heap[at] = parent;
        at = above;
      }
      heap[at] = item;
    },
    pop(): Happening | undefined {
      const top = heap[0];
      const item = heap.pop();
      if (top === undefined || item === undefined || heap.length === 0) return top;
      let at = 0;
      for (;;) {
        let below = 2 * at + 1;
        const [left, right] = [heap[below], heap[below + 1]];
        if (left === undefined) break;
        if (right !== undefined && isBefore(right, left)) below += 1;
        const child = heap[below];
        if (child === undefined || !isBefore(child, item)) break;
        heap[at] = child;
        at = below;
      }
      heap[at] = item;
      return top;
    },
  };
}
