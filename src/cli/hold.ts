import { ConfigError } from "../core/errors.ts";
import type { HeldAccount, Hold, Store } from "../ports/store.ts";
import { actor, askOwner } from "./ask-owner.ts";
import { counted } from "./counted.ts";
import { holdListText, holdText, holdWords } from "./hold-text.ts";
import { isDecimalId } from "./is-decimal-id.ts";
import { type ConfigOption, type OutputOption, isJson } from "./options.ts";
import { refuse } from "./refuse.ts";
import { withStore } from "./with-store.ts";

/** How many accounts of a hold are shown. */
const shown = 20;

type HoldOptions = ConfigOption & OutputOption;

/** `tidemark hold list`: everything that is on hold. */
export function listHolds(options: HoldOptions): Promise<number> {
  return withStore(options, async (store) => {
    const holds = await store.holds();
    console.log(isJson(options) ? JSON.stringify(holds) : holdListText(holds, Date.now()));
    return 0;
  });
}

/** `tidemark hold show <id>`: one hold with the first of its accounts. */
export function showHold(id: string, options: HoldOptions): Promise<number> {
  return withStore(options, async (store) => {
    const hold = await found(store, id);
    console.log(isJson(options) ? JSON.stringify(hold) : holdText(hold, Date.now()));
    return 0;
  });
}

/** `tidemark hold approve | reject <id>`: has the owner of the source carry the decision out. */
export function decideHold(
  verb: "approve" | "reject",
  id: string,
  options: HoldOptions & { note?: string },
): Promise<number> {
  return withStore(options, async (store) => {
    const hold = await found(store, id);
    if (hold.accounts === 0)
      return refuse(`hold ${id} is settled: nothing is left in it. (tidemark hold list)`);
    const decision = { id, note: options.note ?? null };
    const asked = { source: hold.source, verb, actor: actor(), hold: decision };
    const done = await askOwner(store, asked);
    if (done === null) return 1;
    if (done.outcome !== "done") return refuse(`hold ${id}: ${done.outcome}. (tidemark hold show ${id})`);
    const after = await found(store, id);
    console.log(isJson(options) ? JSON.stringify(after) : decided(verb, hold));
    return 0;
  });
}

function decided(verb: "approve" | "reject", { id, source, accounts, reason }: Hold): string {
  const words = holdWords[reason];
  return verb === "approve"
    ? `hold ${id} is approved: of ${counted(accounts, "account")} of ${source}, ${words.approved}`
    : `hold ${id} is rejected: ${counted(accounts, "account")} of ${source} ${words.rejected}`;
}

/** @throws ConfigError when there is no such hold */
async function found(store: Store, id: string): Promise<Hold & { first: HeldAccount[] }> {
  const hold = isDecimalId(id) ? await store.hold(id, shown) : null;
  if (hold === null)
    throw new ConfigError("TIDEMARK_USAGE", [`there is no hold ${id}: run tidemark hold list`]);
  return hold;
}
