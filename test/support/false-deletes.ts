import type { JournalledEvent } from "./check-journal.ts";
import type { WatchedUpstream } from "./watched-upstreams.ts";

/**
 * Asks the upstreams about every account that the journal says was deleted: a delete that is taken back by a later insert is not seen in the
 * final state.
 *
 * @returns one sentence for each account that was deleted more often than its upstream did; it begins with the invariant.
 */
export async function falseDeletes(
  rows: readonly JournalledEvent[],
  upstreams: readonly WatchedUpstream[],
): Promise<string[]> {
  const deletes = Object.groupBy(
    rows.filter(({ op }) => op === "deleted"),
    ({ key }) => key,
  );
  const faults: string[] = [];
  for (const [key, told = []] of Object.entries(deletes)) {
    const slash = key.indexOf("/");
    const upstream = upstreams.find(({ source }) => source === key.slice(0, slash));
    const history = (await upstream?.control.history(key.slice(slash + 1))) ?? [];
    const real = history.filter(({ op }) => op === "delete");
    if (told.length > real.length)
      faults.push(`I5 state: ${key} is deleted ${told.length} times, upstream ${real.length} times`);
  }
  return faults;
}
