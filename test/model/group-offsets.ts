import type { Simulation } from "./simulation.ts";

/** An offset as it was committed. */
export interface CommittedOffset {
  offset: string;
  metadata: string;
}

type Offsets = Map<string, CommittedOffset>;

/** What is asked of the group coordinator, for one group per transactional id. Partitions are named `topic/partition`. */
export interface GroupOffsets {
  /** Holds offsets until their transaction ends. */
  hold(
    group: string,
    producer: { producerId: number; epoch: number },
    offsets: Offsets,
  ): "INVALID_PRODUCER_EPOCH" | "held";
  /** Takes the marker of a transaction; what it commits becomes visible now or, with the lag of the classic coordinator, later. */
  mark(group: string, producer: { producerId: number; epoch: number }, isCommit: boolean): void;
  /** What an OffsetFetch is answered, by the true coordinator or by one that has not noticed that it lost the group. */
  fetch(group: string): Offsets;
  /** What is really committed. */
  truth(group: string): Offsets;
  /** An operator deletes the group: also what is held for a transaction is forgotten. */
  deleteGroup(group: string): void;
  /** A broker that lost the groups goes on answering from what it knew, for a while. */
  split(forMs: number): void;
}

/**
 * @param lagMs How long a commit may stay invisible after its marker was acknowledged (hole 1 of exactly-once.md §A.4); completions keep
 * their order, as on the one background thread of the classic coordinator. 0 for the coordinator of 4.0.
 */
export function groupOffsets(simulation: Simulation, lagMs: number): GroupOffsets {
  const { choices } = simulation;
  const visible = new Map<string, Offsets>();
  const committed = new Map<string, Offsets>();
  const held = new Map<string, Offsets>();
  const epochs = new Map<string, number>();
  let stale: Map<string, Offsets> | null = null;
  const completions: (() => void)[] = [];
  let lastCompletionMs = 0;

  const of = (groups: Map<string, Offsets>, group: string) => {
    const offsets = groups.get(group) ?? new Map<string, CommittedOffset>();
    groups.set(group, offsets);
    return offsets;
  };
  const later = (effect: () => void) => {
    lastCompletionMs = Math.max(lastCompletionMs, simulation.nowMs() + choices.between(0, lagMs));
    completions.push(effect);
    simulation.after(lastCompletionMs - simulation.nowMs(), null, () => completions.shift()?.());
  };

  return {
    hold(group, { producerId, epoch }, offsets) {
      const name = `${group} ${producerId}`;
      if (epoch < (epochs.get(name) ?? -1)) return "INVALID_PRODUCER_EPOCH";
      epochs.set(name, epoch);
      held.set(name, new Map([...(held.get(name) ?? []), ...offsets]));
      return "held";
    },
    mark(group, { producerId, epoch }, isCommit) {
      const name = `${group} ${producerId}`;
      const offsets = held.get(name);
      held.delete(name);
      epochs.set(name, Math.max(epoch, epochs.get(name) ?? -1));
      if (offsets === undefined || !isCommit) return;
      const apply = (groups: Map<string, Offsets>) => {
        for (const [partition, offset] of offsets) of(groups, group).set(partition, offset);
      };
      apply(committed);
      if (lagMs === 0) apply(visible);
      else later(() => apply(visible));
    },
    fetch: (group) => new Map(of(stale !== null && choices.chance(0.6) ? stale : visible, group)),
    truth: (group) => of(committed, group),
    deleteGroup(group) {
      committed.delete(group);
      for (const name of held.keys()) if (name.startsWith(`${group} `)) held.delete(name);
      if (lagMs === 0) visible.delete(group);
      else later(() => visible.delete(group));
    },
    split(forMs) {
      stale = new Map([...visible].map(([group, offsets]) => [group, new Map(offsets)]));
      simulation.after(forMs, null, () => {
        stale = null;
      });
    },
  };
}
