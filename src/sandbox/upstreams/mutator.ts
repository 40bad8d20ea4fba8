import type { SimulatedClock } from "./clock.ts";
import type { Changed, CommonBehaviour, Mutation } from "./protocol.ts";
import { seededRandom } from "./random.ts";
import type { TruthFile } from "./truth-file.ts";
import type { Change, Truth, Version } from "./truth.ts";
import type { Visibility } from "./visibility.ts";

/** The one way in which accounts change: truth, file and visibility move together. */
export type Mutate = (mutation: Mutation) => Changed[];

interface MutatorParts {
  readonly truth: Truth;
  readonly clock: SimulatedClock;
  readonly visible: Visibility;
  readonly behaviour: CommonBehaviour;
  readonly file: TruthFile | undefined;
}

/** @throws Error from `Mutate` when it names an account that is not there, or an instant that has not come yet. */
export function mutator({ truth, clock, visible, behaviour, file }: MutatorParts): Mutate {
  function lagOf(mutation: Mutation): number {
    if (mutation.lagMs !== undefined) return mutation.lagMs;
    if (behaviour.lagJitterMs === 0) return behaviour.lagMs;
    return behaviour.lagMs + seededRandom(truth.size, 0x1a6).below(behaviour.lagJitterMs + 1);
  }

  return (mutation) => {
    const now = clock.now();
    const tiedAtMs =
      mutation.at === undefined ? (mutation.tie === true ? now : undefined) : Date.parse(mutation.at);
    if (tiedAtMs !== undefined && tiedAtMs > now) throw new Error(`${String(mutation.at)} has not come yet`);
    const made: Version[] = [];
    try {
      for (const change of changesOf(mutation)) {
        if (mutation.apartMs !== undefined) clock.advance(mutation.apartMs);
        const atMs = tiedAtMs ?? clock.now();
        for (const version of truth.apply(change, atMs)) {
          made.push(version);
          visible.announce(version, clock.now() + lagOf(mutation));
        }
      }
    } finally {
      file?.appendVersions(made);
      if (mutation.apartMs !== undefined) file?.appendClock(clock.offsetMs());
    }
    return made.map(changedOf);
  };
}

/** How a version is told to the outside. */
export function changedOf({ id, op, number, atMs }: Version): Changed {
  return { id, op, version: number, at: new Date(atMs).toISOString() };
}

function* changesOf(mutation: Mutation): Generator<Change> {
  for (const op of ["insert", "update", "delete"] as const) {
    for (let count = mutation[op] ?? 0; count > 0; count -= 1) yield { op };
  }
  yield* mutation.changes ?? [];
}
