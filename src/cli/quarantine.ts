import { setTimeout as delay } from "node:timers/promises";
import { ConfigError } from "../core/errors.ts";
import type { Intent, Overview, Store } from "../ports/store.ts";
import { actor, askOwner } from "./ask-owner.ts";
import { counted } from "./counted.ts";
import { isDecimalId } from "./is-decimal-id.ts";
import { noSuchSource } from "./no-such-source.ts";
import { type ConfigOption, type OutputOption, isJson } from "./options.ts";
import { type Redriven, quarantineListText, quarantinedText, redrivenText } from "./quarantine-text.ts";
import { withStore } from "./with-store.ts";

/** How many items are listed. */
const listed = 50;
const patienceMs = 20_000;

type QuarantineOptions = ConfigOption & OutputOption;
type DecisionOptions = QuarantineOptions & { note?: string };

/** `tidemark quarantine list [source]`: what could not be understood, newest first. */
export function listQuarantine(source: string | undefined, options: QuarantineOptions): Promise<number> {
  return withStore(options, async (store) => {
    if (source !== undefined) await knownSource(store, source);
    const { items: first, total } = await store.quarantined({ source: source ?? null, limit: listed });
    const more = total - first.length;
    console.log(
      isJson(options) ? JSON.stringify({ items: first, more }) : quarantineListText(first, more, Date.now()),
    );
    return 0;
  });
}

/** `tidemark quarantine show <id>`: one item as the upstream has sent it. */
export function showQuarantined(id: string, options: QuarantineOptions): Promise<number> {
  return withStore(options, async (store) => {
    const item = await found(store, id);
    console.log(isJson(options) ? JSON.stringify(item) : quarantinedText(item, Date.now()));
    return 0;
  });
}

/** `tidemark quarantine redrive <source> | <id>`: has the owner of the source look the accounts up again, and waits for what comes of it. */
export function redrive(which: string, options: DecisionOptions): Promise<number> {
  return withStore(options, async (store) => {
    const { source, intent } = await ask(store, "redrive", which, options);
    if (intent === null) return 1;
    if (!isJson(options) && intent.items === 0) {
      console.log(`nothing of ${source.name} is in quarantine`);
      return 0;
    }
    const redriven = await waitFor(store, intent, source.state === "running");
    console.log(isJson(options) ? JSON.stringify(redriven) : redrivenText(redriven, source));
    return redriven.waiting === 0 ? 0 : 1;
  });
}

/** `tidemark quarantine discard <source> | <id>`: has the owner of the source forget the items. */
export function discard(which: string, options: DecisionOptions): Promise<number> {
  return withStore(options, async (store) => {
    const { source, intent } = await ask(store, "discard", which, options);
    if (intent === null) return 1;
    const discarded = intent.items ?? 0;
    const told =
      discarded === 0
        ? `nothing of ${source.name} is in quarantine`
        : `${counted(discarded, "item")} of ${source.name} discarded`;
    console.log(isJson(options) ? JSON.stringify({ source: source.name, discarded }) : told);
    return 0;
  });
}

/** @param which The id of an item, which is a number, or else the name of a source: all of its items. */
async function ask(
  store: Store,
  verb: "redrive" | "discard",
  which: string,
  { note }: DecisionOptions,
): Promise<{ source: Overview["sources"][number]; intent: Intent | null }> {
  const item = /^\d+$/.test(which) ? await found(store, which) : null;
  const source = await knownSource(store, item?.source ?? which);
  const quarantine = { item: item?.id ?? null, note: note ?? null };
  return { source, intent: await askOwner(store, { source: source.name, verb, actor: actor(), quarantine }) };
}

async function waitFor(store: Store, intent: Intent, isRunning: boolean): Promise<Redriven> {
  const deadline = performance.now() + (isRunning ? patienceMs : 0);
  for (;;) {
    const progress = await store.redriveProgress(intent.id);
    const { waiting, stay, unidentified } = progress;
    if (waiting === 0 || performance.now() >= deadline) {
      const asked = intent.items ?? 0;
      return { source: intent.source, asked, resolved: asked - waiting - stay - unidentified, ...progress };
    }
    await delay(200);
  }
}

/** @throws ConfigError when there is no such item */
async function found(
  store: Store,
  id: string,
): Promise<NonNullable<Awaited<ReturnType<Store["quarantinedItem"]>>>> {
  const item = isDecimalId(id) ? await store.quarantinedItem(id) : null;
  if (item !== null) return item;
  throw new ConfigError("TIDEMARK_USAGE", [
    `there is no item ${id} in quarantine: run tidemark quarantine list`,
  ]);
}

/** @throws ConfigError when there is no such source */
async function knownSource(store: Store, name: string): Promise<Overview["sources"][number]> {
  const { sources } = await store.overview();
  const source = sources.find((one) => one.name === name);
  if (source !== undefined) return source;
  throw noSuchSource(name, sources);
}
