import type { ParsedRecord, ReplayOrigin } from "./parse-event.ts";

/**
 * One readable line for a record: time, operation, source, account, version and what changed.
 * @param columns Longer lines are cut with an ellipsis; not cut when left out.
 */
export function eventLine(record: ParsedRecord, columns = Number.POSITIVE_INFINITY): string {
  const line = lineOf(record);
  return line.length <= columns ? line : `${line.slice(0, columns - 1)}…`;
}

function lineOf(record: ParsedRecord): string {
  if (record.kind === "tombstone") return `${" ".repeat(12)} forgotten ${record.key}`;
  const { event } = record;
  const time = event.observedAt.slice(11, 23);
  const mark = record.replay === null ? "" : ` (${replayText(record.replay)})`;
  const account = `${event.source}/${event.accountId}`;
  const name = (event.after ?? event.before)?.displayName;
  const told = event.op === "updated" ? event.changed.join(", ") : (name ?? "");
  const what =
    event.oversize === undefined ? told : `${told} (pointer to ${event.oversize.bytes} bytes)`.trimStart();
  return `${time} ${event.op.padEnd(9)} ${account} v${event.version}  ${what}${mark}`.trimEnd();
}

function replayText({ id, origin }: ReplayOrigin): string {
  return `replay ${id}${origin === null ? "" : ` of ${origin.shard}:${origin.seq}`}`;
}
