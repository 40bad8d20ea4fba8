import type { AccountDocument } from "../core/account.ts";
import { fingerprintObservation } from "../core/fingerprint.ts";
import type { Privacy } from "../core/privacy.ts";
import type { Rewrite, StoredDocument, StoredSlice } from "../ports/store.ts";
import { type Pass, fenceOf } from "./pass.ts";

/** What is read, and written, at once; documents may be large. */
const slice = { limit: 200, maxBytes: 4 * 1024 * 1024 };

type Part = Pick<Rewrite, "accounts" | "held" | "items">;

/**
 * Brings everything that is stored of the source under its privacy rules when they have changed: otherwise the next update of an account would
 * publish, as the state before, what is not to be published any more. Without events; killed in the middle, or awaited, it starts over, and
 * writes only what is left. Does nothing when the rules are those of before.
 */
export async function rewriteStored(pass: Pass): Promise<"done" | "yielded" | "term-lost" | "stale"> {
  const { lane, ports, privacy } = pass;
  const wanted = privacy?.fingerprint ?? null;
  if (lane.source.privacyApplied === wanted) return "done";
  const rewritten = { accounts: 0, held: 0, items: 0 };
  if (privacy !== null) {
    for await (const part of parts(pass, privacy)) {
      const outcome = await write(pass, part);
      if (outcome !== "rewritten") return outcome;
      rewritten.accounts += part.accounts.length;
      rewritten.held += part.held.length;
      rewritten.items += part.items.length;
      if (lane.isAwaited) return "yielded";
    }
  }
  const outcome = await write(pass, { ...nothing, applied: wanted });
  if (outcome !== "rewritten") return outcome;
  lane.source = { ...lane.source, privacyApplied: wanted };
  lane.shape = null;
  ports.log.info("privacy.applied", { source: lane.source.name, ...rewritten });
  return "done";
}

const nothing: Part = { accounts: [], held: [], items: [] };

/** What has to be written anew, slice by slice. */
async function* parts(pass: Pass, privacy: Privacy): AsyncGenerator<Part, void, void> {
  const { store } = pass.ports;
  for await (const documents of slices(pass, store.storedDocuments)) {
    const accounts = documents.flatMap((one) => rewrittenDocument(pass, privacy, one) ?? []);
    if (accounts.length > 0) yield { ...nothing, accounts };
  }
  for await (const documents of slices(pass, store.heldDocuments)) {
    const held = documents.flatMap((one) => rewrittenDocument(pass, privacy, one) ?? []);
    if (held.length > 0) yield { ...nothing, held };
  }
  for await (const quarantined of slices(pass, store.quarantinedRaws)) {
    const items = quarantined
      .map(({ id, raw }) => ({ id, before: raw, raw: privacy.rejected(raw) }))
      .filter(({ before, raw }) => JSON.stringify(raw) !== JSON.stringify(before))
      .map(({ id, raw }) => ({ id, raw }));
    if (items.length > 0) yield { ...nothing, items };
  }
}

async function* slices<Row extends { id: string }>(
  { lane, watched }: Pass,
  read: (wanted: StoredSlice) => Promise<Row[]>,
): AsyncGenerator<Row[], void, void> {
  for (let after: string | null = null; ;) {
    lane.shard.signal.throwIfAborted();
    const rows: Row[] = await read({ sourceId: lane.source.id, after, ...slice });
    watched.show();
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    after = last.id;
  }
}

/** @returns null when the rules change nothing in it. */
function rewrittenDocument({ connector }: Pass, privacy: Privacy, { id, document: text }: StoredDocument) {
  const document = privacy.document(JSON.parse(text) as AccountDocument);
  const rewritten = fingerprintObservation({ id, document }, connector.volatile);
  if (!("text" in rewritten) || rewritten.text === text) return null;
  return { id, document: rewritten.text, hash: rewritten.hash, upstreamTime: rewritten.upstreamTime };
}

async function write(pass: Pass, part: Part & Pick<Rewrite, "applied">) {
  const { lane, ports } = pass;
  const fence = fenceOf(pass);
  const { kind } = await ports.store.rewriteStored({ ...fence, ...part });
  pass.watched.show();
  if (kind === "rewritten") lane.source = { ...lane.source, revision: fence.nextRevision };
  return kind;
}
