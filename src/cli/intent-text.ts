import type { Intent } from "../ports/store.ts";
import { ago } from "./ago.ts";
import { table } from "./table.ts";

/** Intents as text of at most 80 columns. */
export function intentListText(
  intents: readonly (Omit<Intent, "answer"> & { waitsFor: string | null })[],
  nowMs: number,
): string {
  const [first] = intents;
  if (first === undefined) return "nothing is asked for\n\nWhat was done: tidemark intent list --all";
  const rows = intents.map(({ id, verb, source, actor, askedAt, ...intent }) => [
    id,
    verb,
    source,
    actor,
    ago(nowMs - Date.parse(askedAt)),
    stateOf(intent),
  ]);
  const list = table(["INTENT", "VERB", "SOURCE", "ACTOR", "ASKED", "STATE"], rows);
  return first.doneAt === null ? `${list}\n\nTo take one back: tidemark intent withdraw ${first.id}` : list;
}

/** How an intent stands, for a table's last column. */
export function stateOf({
  waitsFor,
  outcome,
}: Pick<Intent, "outcome"> & { waitsFor?: string | null }): string {
  return outcome ?? `waits for ${waitsFor ?? "its turn"}`;
}
