import { sortedList } from "./sorted-list.ts";
import type { SortedList } from "./sorted-list.ts";
import type { Version } from "./truth.ts";

/**
 * What the lists and feeds of an upstream show: the truth, but each change only after its own read lag.
 *
 * Two changes may become visible in another order than they happened, as with real databases.
 */
export interface Visibility {
  /** Announces a change; it shows once the clock has passed `visibleAtMs`. */
  announce(version: Version, visibleAtMs: number): void;
  /** The visible state of an account, which may be its deletion. */
  of(id: string): Version | undefined;
  /**
   * The visible states that `holds` accepts, in an order of their own. Kept up to date from the first call on:
   * the same name must always come with the same order and condition.
   */
  index(name: string, order: Order, holds: (version: Version) => boolean): SortedList<Version>;
}

/** A total order of versions of different accounts. */
export type Order = (a: Version, b: Version) => number;

interface Index {
  readonly list: SortedList<Version>;
  readonly holds: (version: Version) => boolean;
}

interface Pending {
  readonly version: Version;
  readonly visibleAtMs: number;
  readonly ordinal: number;
}

/** @param nowMs The upstream's clock. */
export function delayedVisibility(nowMs: () => number): Visibility {
  const shown = new Map<string, Version>();
  const indexes = new Map<string, Index>();
  const pending = sortedList<Pending>((a, b) => a.visibleAtMs - b.visibleAtMs || a.ordinal - b.ordinal);
  let ordinal = 0;

  function show(version: Version): void {
    const before = shown.get(version.id);
    if (before !== undefined && before.number >= version.number) return;
    shown.set(version.id, version);
    for (const { list, holds } of indexes.values()) {
      if (before !== undefined && holds(before)) list.remove(before);
      if (holds(version)) list.add(version);
    }
  }

  function catchUp(): void {
    if (pending.size === 0) return;
    const now = nowMs();
    const due = [
      ...pending.between(
        0,
        pending.firstWhere(({ visibleAtMs }) => visibleAtMs > now),
      ),
    ];
    for (const entry of due) {
      pending.remove(entry);
      show(entry.version);
    }
  }

  function index(name: string, order: Order, holds: (version: Version) => boolean): SortedList<Version> {
    catchUp();
    const known = indexes.get(name);
    if (known !== undefined) return known.list;
    const list = sortedList(order, [...shown.values()].filter(holds));
    indexes.set(name, { list, holds });
    return list;
  }

  return {
    announce(version, visibleAtMs) {
      catchUp();
      if (visibleAtMs <= nowMs()) return show(version);
      ordinal += 1;
      pending.add({ version, visibleAtMs, ordinal });
    },
    of(id) {
      catchUp();
      return shown.get(id);
    },
    index,
  };
}
