import type { AccountDocument } from "../core/account.ts";
import { upstreamTimeOf } from "../core/account.ts";
import type { NewEntry } from "../core/change.ts";
import { noFingerprint } from "../core/restored-event.ts";
import { snapshotEntry } from "../core/snapshot-entry.ts";
import type { LivingAccount, OpenReplay } from "../ports/store.ts";
import { type Pass, type PassEnd, commitStep, emptyStep } from "./pass.ts";
import { roomForReplay } from "./room-for-replay.ts";

/** What is read, and published, at once: about one Kafka transaction. */
const chunk = { limit: 500, maxBytes: 1024 * 1024 };
/** While Kafka takes nothing, the next look is this far away. */
const noRoomPauseMs = 250;

/**
 * Publishes every living account as it is known, chunk by chunk in the order of ids: events and the place after them commit together, so each comes
 * exactly once. What changes meanwhile is an event of its own, with a higher version.
 * @param yields Told how many accounts a chunk had; true when the turn is to end.
 */
export async function snapshotSource(
  pass: Pass,
  replay: OpenReplay,
  yields: (done: number) => boolean,
): Promise<PassEnd> {
  const { lane, ports } = pass;
  const { store, clock, metrics, log } = ports;
  const { id: sourceId, name: source } = lane.source;
  const limit = Math.min(chunk.limit, replay.pace ?? chunk.limit);
  let position = replay.position;
  let { done } = replay;
  for (;;) {
    if (!(await roomForReplay(lane.shard, clock))) {
      lane.replayDueAtMs = clock.monotonicMs() + noRoomPauseMs;
      return "yielded";
    }
    const after = typeof position === "string" ? position : null;
    const accounts = await store.livingAccounts({ ...chunk, sourceId, after, limit });
    const last = accounts.at(-1);
    const entries = entriesOf(pass, replay, accounts);
    position = last?.id ?? position;
    const outcome = await commitStep(pass, {
      ...emptyStep(pass),
      entries,
      replay: { id: replay.id, position, done: accounts.length, hasEnded: last === undefined },
    });
    if (outcome.kind !== "committed") return outcome.kind;
    metrics.events(source, "snapshot", entries.length);
    done += accounts.length;
    if (last === undefined) {
      log.info("snapshot.done", { source, replay: replay.id, accounts: done });
      return "done";
    }
    if (yields(accounts.length)) return "yielded";
  }
}

/** Of an account that came back from Kafka as a mere pointer the document is not known; what is observed next will be its event. */
function entriesOf(
  { lane, connector, ports }: Pass,
  { id: replay }: OpenReplay,
  accounts: readonly LivingAccount[],
): NewEntry[] {
  const { name, topic } = lane.source;
  const told = { observedAt: new Date(ports.clock.now()).toISOString(), replay };
  return accounts
    .filter(({ hash }) => hash !== noFingerprint)
    .map((account) => {
      const upstreamTime = upstreamTimeOf(JSON.parse(account.document) as AccountDocument);
      return snapshotEntry({ name, connector: connector.name, topic }, { ...account, upstreamTime }, told);
    });
}
