import type { KnownAccount } from "../core/change.ts";
import type { DiffedSource, PageDiff } from "../core/diff.ts";
import type { FingerprintedObservation } from "../core/fingerprint.ts";
import { republished } from "../core/republished.ts";
import type { OpenReplay } from "../ports/store.ts";
import type { DecidedPage } from "./decide-page.ts";
import type { Pass } from "./pass.ts";

/** The replay that publishes again what this pass reads unchanged: of the poll after a rewind, until it has ended; null: there is none. */
export function republishing({ kind, lane }: Pass): OpenReplay | null {
  if (kind !== "poll") return null;
  return lane.replays.find((replay) => replay.kind === "republish") ?? null;
}

/** What a page publishes again, and how far that brings the replay. */
export function republishPage(
  { id: replay }: OpenReplay,
  source: DiffedSource,
  known: ReadonlyMap<string, KnownAccount>,
  observations: readonly FingerprintedObservation[],
  { entries }: PageDiff,
  observedAt: string,
): Pick<DecidedPage, "republished" | "replay"> {
  const again = republished(source, known, observations, entries, { observedAt, replay });
  if (again.length === 0) return {};
  return { republished: again, replay: { id: replay, position: null, done: again.length, hasEnded: false } };
}
