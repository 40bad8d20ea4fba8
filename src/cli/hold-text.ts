import type { HeldAccount, Hold, HoldReason } from "../ports/store.ts";
import { ago } from "./ago.ts";
import { counted } from "./counted.ts";
import { since } from "./since.ts";
import { table } from "./table.ts";
import { wrap } from "./wrap.ts";

/** What a hold keeps, what its decisions lead to, and what its accounts do when it was decided. */
interface HoldWords {
  change: string;
  toApprove: string;
  toReject: string;
  approved: string;
  rejected: string;
}

const deletes: HoldWords = {
  change: "delete",
  toApprove: "To delete those that are still gone:",
  toReject: "To keep all of them:",
  approved: "those still gone are deleted now",
  rejected: "stay until they are seen again",
};

/** The words for each reason. */
export const holdWords: Record<HoldReason, HoldWords> = {
  "too-many-deletes": deletes,
  "empty-sweep": deletes,
  "too-many-inserts": {
    change: "insert",
    toApprove: "To publish all of them:",
    toReject: "To leave all of them out:",
    approved: "all are published now",
    rejected: "stay out until they change",
  },
  "schema-drift": {
    change: "document",
    toApprove: "To publish them, and take the new members for granted:",
    toReject: "To leave their accounts as they are:",
    approved: "all are published now",
    rejected: "stay as they are until they change",
  },
};

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
  const list = table(["HOLD", "SOURCE", "STATE", "ACCOUNTS", "OPENED", "WHY"], rows);
  return oldest === undefined ? list : `${list}\n\nLook before you decide: tidemark hold show ${oldest.id}`;
}

/** One hold as text of at most 80 columns: what is in it, why, who decided, and what can be typed next. */
export function holdText(hold: Hold & { first: readonly HeldAccount[] }, nowMs: number): string {
  const { id, source, state, accounts, detail, first } = hold;
  const words = holdWords[hold.reason];
  const parts = [
    [
      wrap(
        `hold ${id} of ${source}: ${accounts === 0 ? "settled, nothing is left in it" : `${counted(accounts, words.change)}, ${state}`}`,
      ),
      wrap(`opened ${since(hold.openedAt, nowMs)} because ${detail}`, "  "),
      ...decisionOf(hold, nowMs),
    ].join("\n"),
  ];
  if (first.length > 0) {
    const more = accounts - first.length;
    const rows = first.map((account) => [account.id, ...nameOf(account)]);
    parts.push(`${table(["ACCOUNT", "NAME", "EMAIL"], rows)}${more > 0 ? `\nand ${more} more` : ""}`);
  }
  if (accounts > 0 && state !== "approved") {
    const choices = [[words.toApprove, "approve"]];
    if (state === "waiting") choices.push([words.toReject, "reject"]);
    const width = Math.max(...choices.map(([what = ""]) => what.length));
    const lines = choices.map(([what = "", verb]) => `${what.padEnd(width)}  tidemark hold ${verb} ${id}`);
    parts.push(lines.join("\n"));
  }
  return parts.join("\n\n");
}

function decisionOf({ state, decidedAt, decidedBy, note }: Hold, nowMs: number): string[] {
  if (decidedAt === null) return [];
  const why = note === null ? "" : `: ${note}`;
  return [wrap(`${state} by ${decidedBy} ${since(decidedAt, nowMs)}${why}`, "  ")];
}

/** What tells a person best whose account it is. */
function nameOf({ document }: HeldAccount): [name: string, email: string] {
  if (document === null) return ["", ""];
  const { displayName, userName, email } = JSON.parse(document) as Partial<Record<string, string | null>>;
  return [displayName ?? userName ?? "", email ?? ""];
}
