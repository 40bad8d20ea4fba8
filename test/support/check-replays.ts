import type { Replay } from "../../src/ports/store.ts";
import type { JournalledEvent } from "./check-journal.ts";

/** Where a rewind that publishes again goes back to, and what was journalled when it did: numbers of the source's shard. */
export interface Rewind {
  replay: string;
  toSeq: string;
  fromSeq: string;
}

/** A journal in order, and what each of its accounts has been through. */
interface History {
  rows: readonly JournalledEvent[];
  /** By key: its events, without what was published again. */
  ofKey: ReadonlyMap<string, readonly JournalledEvent[]>;
}

/**
 * Compares what replays have brought with what they were to bring: of the journal every event that was asked for, of a snapshot every account that
 * lived all the while, of a rewind every account that has changed since the place it went back to, each once, and telling what was true then.
 *
 * @param rows The whole journal, from its beginning.
 * @returns one sentence for each thing that is wrong; it begins with the invariant, as those of `checkJournal`.
 */
export function checkReplays(
  rows: readonly JournalledEvent[],
  replays: readonly Replay[],
  rewinds: readonly Rewind[],
): string[] {
  const history = historyOf(rows);
  return replays.flatMap((replay) => {
    const brought = history.rows.filter((row) => row.replay?.id === replay.id);
    const rewind = rewinds.find((one) => one.replay === replay.id);
    return [
      ...miscounted(replay, brought),
      ...(replay.kind === "journal" ? wrongCopies(replay, brought, history) : untrue(brought, history)),
      ...(replay.state === "done" ? missing(replay, brought, rewind, history) : []),
    ];
  });
}

function historyOf(rows: readonly JournalledEvent[]): History {
  const inOrder = rows.toSorted((a, b) => a.shard - b.shard || Number(a.seq) - Number(b.seq));
  return { rows: inOrder, ofKey: Map.groupBy(inOrder.filter(isLive), ({ key }) => key) };
}

function isLive(row: JournalledEvent): boolean {
  return !row.replay;
}

/** The newest event of an account before a number. */
function stateAt({ ofKey }: History, key: string, seq: number): JournalledEvent | undefined {
  return ofKey.get(key)?.findLast((row) => Number(row.seq) < seq);
}

function lives(row: JournalledEvent | undefined): row is JournalledEvent {
  return row !== undefined && row.op !== "deleted";
}

/** What is counted commits together with what is counted; a backfill counts what it has read. */
function miscounted(
  { id, kind, done, expected, state }: Replay,
  brought: readonly JournalledEvent[],
): string[] {
  const counted = kind === "backfill" ? 0 : done;
  if (brought.length !== counted)
    return [
      `I1 no loss: replay ${id} says it has brought ${counted} events, the journal has ${brought.length}`,
    ];
  if (kind === "journal" && state === "done" && done !== expected)
    return [`I1 no loss: replay ${id} was to bring ${expected} events, and has brought ${done}`];
  return [];
}

/** Of each shard, what was selected between the first event that was brought and the next one to be looked at is there, in order. */
function wrongCopies(replay: Replay, brought: readonly JournalledEvent[], { rows }: History): string[] {
  return replay.parts.flatMap(({ shard, nextSeq }) => {
    const copies = brought.filter((row) => row.shard === shard);
    const first = Number(copies[0]?.replay?.originSeq ?? nextSeq);
    const wanted = rows
      .filter((row) => isLive(row) && row.shard === shard && isSelected(replay, row))
      .filter(({ seq }) => Number(seq) >= first && Number(seq) < Number(nextSeq))
      .map(({ seq, topic }) => `${seq} to ${replay.topic ?? topic}`);
    const found = copies.map((row) => `${row.replay?.originSeq} to ${row.topic}`);
    const at = wanted.findIndex((one, index) => one !== found[index]);
    if (at < 0 && wanted.length === found.length) return [];
    const place = at < 0 ? wanted.length : at;
    return [
      `I3 order: replay ${replay.id} brings ${found[place] ?? "nothing"} of shard ${shard} where ${wanted[place] ?? "nothing"} is expected`,
    ];
  });
}

function isSelected({ source, accountId, ops }: Replay, { key, op }: JournalledEvent): boolean {
  const slash = key.indexOf("/");
  return (
    (source === null || source === key.slice(0, slash)) &&
    (accountId === null || accountId === key.slice(slash + 1)) &&
    (ops === null || ops.some((one) => one === op))
  );
}

/** Each account once, as its newest event before has left it. */
function untrue(brought: readonly JournalledEvent[], history: History): string[] {
  const told = new Set<string>();
  return brought.flatMap((row) => {
    const { key, seq, version, hash } = row;
    const place = `${key} at ${row.shard}:${seq}, brought by replay ${row.replay?.id},`;
    const faults = told.has(key) ? [`I2 no duplicate: ${place} was brought before`] : [];
    told.add(key);
    const known = stateAt(history, key, Number(seq));
    if (!lives(known)) return [...faults, `I5 state: ${place} does not live`];
    if (known.version !== version || known.hash !== hash || documentIn(known) !== documentIn(row))
      faults.push(`I5 state: ${place} is not as ${known.shard}:${known.seq} has left it`);
    return faults;
  });
}

function documentIn({ value }: JournalledEvent): string {
  return JSON.stringify((JSON.parse(value) as { after: unknown }).after);
}

function missing(
  replay: Replay,
  brought: readonly JournalledEvent[],
  rewind: Rewind | undefined,
  history: History,
): string[] {
  const told = new Set(brought.map(({ key }) => key));
  return wantedKeys(replay, brought, rewind, history)
    .filter((key) => !told.has(key))
    .map((key) => `I1 no loss: replay ${replay.id} has not brought ${key}`);
}

/** The accounts that it must have brought. */
function wantedKeys(
  { kind, source }: Replay,
  brought: readonly JournalledEvent[],
  rewind: Rewind | undefined,
  history: History,
): string[] {
  const keys = [...history.ofKey.keys()].filter((key) => key.startsWith(`${source}/`));
  const [first, last] = [brought[0], brought.at(-1)];
  if (kind === "snapshot" && first !== undefined && last !== undefined)
    return keys.filter((key) => {
      const events = history.ofKey.get(key) ?? [];
      const isDeletedMeanwhile = events.some(
        ({ op, seq }) =>
          op === "deleted" && Number(seq) > Number(first.seq) && Number(seq) < Number(last.seq),
      );
      return lives(stateAt(history, key, Number(first.seq))) && !isDeletedMeanwhile;
    });
  // What has changed meanwhile is an ordinary event.
  if (rewind !== undefined)
    return keys.filter((key) => {
      const newest = history.ofKey.get(key)?.at(-1);
      return lives(newest) && isBetween(Number(newest.seq), rewind);
    });
  return [];
}

function isBetween(seq: number, { toSeq, fromSeq }: Rewind): boolean {
  return seq > Number(toSeq) && seq <= Number(fromSeq);
}
