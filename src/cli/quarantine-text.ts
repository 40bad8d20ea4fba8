import type { JsonValue } from "../core/json.ts";
import type { QuarantinedItem, RedriveProgress } from "../ports/store.ts";
import { ago } from "./ago.ts";
import { counted } from "./counted.ts";
import { since } from "./since.ts";
import { table } from "./table.ts";
import { wrap } from "./wrap.ts";

/** What has become of the items that a redrive was asked for. */
export interface Redriven extends RedriveProgress {
  source: string;
  asked: number;
  /** They have left the quarantine. */
  resolved: number;
}

/** Items in quarantine as text of at most 80 columns. @param more How many are not among them. */
export function quarantineListText(items: readonly QuarantinedItem[], more: number, nowMs: number): string {
  const [newest] = items;
  if (newest === undefined) return "nothing is in quarantine";
  const rows = items.map((item) => [
    item.id,
    item.source,
    item.accountId ?? "-",
    String(item.times),
    ago(nowMs - Date.parse(item.firstSeenAt)),
    ago(nowMs - Date.parse(item.lastSeenAt)),
    item.isWaiting ? `(waits for its look-up) ${item.reason}` : item.reason,
  ]);
  const list = table(["ITEM", "SOURCE", "ACCOUNT", "TIMES", "FIRST", "LAST", "WHY"], rows);
  return [
    more > 0 ? `${list}\nand ${more} more that were read before these` : list,
    `Look at one:                   tidemark quarantine show ${newest.id}
Look all accounts up again:    tidemark quarantine redrive ${newest.source}`,
  ].join("\n\n");
}

/** One item as text: why and when it came here, what the upstream had said, and what can be typed next. */
export function quarantinedText(item: QuarantinedItem & { raw: JsonValue }, nowMs: number): string {
  const { id, source, accountId, reason, times, pass, firstSeenAt, lastSeenAt, redrivenAt } = item;
  const last = `last ${since(lastSeenAt, nowMs)}${pass === null ? "" : ` by a ${pass}`}`;
  const read =
    times === 1 ? `read once, ${last}` : `read ${times} times, first ${since(firstSeenAt, nowMs)}, ${last}`;
  const redriven = item.isWaiting
    ? ["  waits for the look-up that was asked for"]
    : redrivenAt === null
      ? []
      : [wrap(`looked up again ${since(redrivenAt, nowMs)}, and stayed`, "  ")];
  return [
    [
      wrap(`item ${id} of ${source}: ${accountId === null ? "names no account" : `account ${accountId}`}`),
      wrap(reason, "  "),
      wrap(read, "  "),
      ...redriven,
    ].join("\n"),
    JSON.stringify(item.raw, null, 2),
    accountId === null
      ? `To read everything anew:     tidemark quarantine redrive ${id}
To forget this item:         tidemark quarantine discard ${id}`
      : `To look the account up now:  tidemark quarantine redrive ${id}
To forget this item:         tidemark quarantine discard ${id}`,
  ].join("\n\n");
}

/** What came of a redrive, as text of at most 80 columns. @param source How its source stands. */
export function redrivenText(
  { source, asked, resolved, stay, unidentified, waiting }: Redriven,
  { state, sweepNotOffered }: { state: string; sweepNotOffered: string | null },
): string {
  const isRunning = state === "running";
  const instead =
    sweepNotOffered === null ? "a sweep is due now, which reads everything anew" : "and there are no sweeps";
  const counts: [number, string][] = [
    [resolved, "left the quarantine"],
    [stay, "looked up, but still not understood, or not told"],
    [unidentified, `not looked up, for lack of an account id; ${instead}`],
    [waiting, `waiting for the look-up: the source is ${isRunning ? "busy" : state}`],
  ];
  const told = counts.flatMap(([count, what]) => (count === 0 ? [] : [wrap(`${count} ${what}`, "  ")]));
  const next = [
    ...(stay + unidentified > 0 ? [`What is left:             tidemark quarantine list ${source}`] : []),
    ...(waiting > 0 && !isRunning ? [`To let the source go on:  tidemark source resume ${source}`] : []),
  ];
  const report = [wrap(`${counted(asked, "item")} of ${source}:`), ...told].join("\n");
  return next.length === 0 ? report : `${report}\n\n${next.join("\n")}`;
}
