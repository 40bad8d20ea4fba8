import type { CommitStep } from "../../src/ports/store.ts";
import type { MemoryReplayPart, MemoryState } from "./memory-store-state.ts";

/** The part of a running replay that a step advances; undefined when there is none, and the step is stale. */
export function advancedPart(
  state: MemoryState,
  { replay: advanced, shard, sourceId }: CommitStep,
): MemoryReplayPart | undefined {
  const replay = state.replays.get(advanced?.id ?? "");
  if (replay?.state !== "running" || replay.sourceId !== sourceId) return undefined;
  return [...state.replayParts.values()].find(
    (part) => part.replayId === replay.id && part.shard === shard && part.endedAt === null,
  );
}

/** What a step's `replay` does, once the step is known to commit. */
export function advanceReplay(state: MemoryState, step: CommitStep): void {
  const part = advancedPart(state, step);
  if (step.replay === undefined || part === undefined) return;
  const { position, done, hasEnded } = step.replay;
  Object.assign(part, { position, done: part.done + done, endedAt: hasEnded ? state.now() : null });
}
