import type { HeldAccount, Hold } from "../ports/store.ts";
import { ago } from "./ago.ts";
import { table } from "./table.ts";
import { wrap } from "./wrap.ts";

/** Holds as text of at most 80 columns. */
export function holdListText(holds: readonly Hold[], nowMs: number): string {
  const oldest = holds.find(({ state }) => state === "waiting");
  if (holds.length === 0) return "nothing is on hold";
  const rows = holds.map((hold) => [
    hold.id,
    hold.source,
    hold.state,
    String(hold.accounts),
    ago(nowMs - Date.parse(hold.openedAt)),
    hold.detail,
  ]);
  const list = table(["HOLD", "SOURCE", "STATE", "DELETES", "OPENED", "WHY"], rows);
  return oldest === undefined ? list : `${list}\n\nLook before you decide: tidemark hold show ${oldest.id}`;
}

/** One hold as text of at most 80 columns: what is in it, why, who decided, and what can be typed next. */
export function holdText(hold: Hold & { first: readonly HeldAccount[] }, nowMs: number): string {
  const { id, source, state, accounts, detail, first } = hold;
  const parts = [
    [
      wrap(
        `hold ${id} of ${source}: ${accounts === 0 ? "settled, nothing is left in it" : `${accounts} deletes, ${state}`}`,
      ),
      wrap(`opened ${since(hold.openedAt, nowMs)} because ${detail}`, "  "),
      ...decisionOf(hold, nowMs),
    ].join("\n"),
  ];
  if (first.length > 0) {
    const more = accounts - first.length;
    const rows = first.map((account) => [account.id, nameOf(account)]);
    parts.push(`${table(["ACCOUNT", "NAME"], rows)}${more > 0 ? `\nand ${more} more` : ""}`);
  }
  if (accounts > 0 && state !== "approved") {
    const choices = [`To delete those that are still gone:  tidemark hold approve ${id}`];
    if (state === "waiting") choices.push(`To keep all of them:                  tidemark hold reject ${id}`);
    parts.push(choices.join("\n"));
  }
  return parts.join("\n\n");
}

function decisionOf({ state, decidedAt, decidedBy, note }: Hold, nowMs: number): string[] {
  if (decidedAt === null) return [];
  const why = note === null ? "" : `: ${note}`;
  return [wrap(`${state} by ${decidedBy} ${since(decidedAt, nowMs)}${why}`, "  ")];
}

function since(at: string, nowMs: number): string {
  return `${at.slice(0, 16)}Z (${ago(nowMs - Date.parse(at))} ago)`;
}

/** Whatever tells a person best whose account it is. */
function nameOf({ document }: HeldAccount): string {
  if (document === null) return "";
  const { displayName, userName, email } = JSON.parse(document) as Partial<Record<string, string | null>>;
  return displayName ?? userName ?? email ?? "";
}
