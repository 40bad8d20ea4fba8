import { RetryableError } from "../../core/errors.ts";
import type { Log } from "../../ports/log.ts";
import type { LumosApi } from "./api.ts";
import type { LumosCursor } from "./cursor.ts";

/** A connector that says nothing of freshness may have learned to by then. */
const askAgainMs = 86_400_000;
/** A poll is left out no longer than this: a connector may be wrong about its freshness. */
export const longestSkipMs = 3_600_000;

/** What asking for freshness before a pass came to. */
export interface Freshness {
  recency: string | null;
  askRecencyAt: string | null;
  /** Nothing can have changed since the last pass. */
  isUnchanged: boolean;
}

/** Asks how fresh the connector's data on changes is, unless it is known not to say. @throws RetryableError when it is throttled */
export async function freshness(
  api: LumosApi,
  cursor: LumosCursor,
  { nowMs, log }: { nowMs: number; log: Log },
): Promise<Freshness> {
  const silent = { recency: null, askRecencyAt: cursor.askRecencyAt, isUnchanged: false };
  if (cursor.askRecencyAt !== null && nowMs < Date.parse(cursor.askRecencyAt)) return silent;
  const told = await recencyOf(api);
  if (told === "not-offered") return { ...silent, askRecencyAt: new Date(nowMs + askAgainMs).toISOString() };
  const recency = told.at;
  if (recency === null) return { ...silent, askRecencyAt: null };
  if (recency !== cursor.recency) {
    log.debug("lumos.data.refreshed", { at: recency, behindMs: nowMs - Date.parse(recency) });
  }
  const sinceMs = cursor.polledAt === null ? Number.POSITIVE_INFINITY : nowMs - Date.parse(cursor.polledAt);
  // Only the very same instant: one that went back says that something else is going on.
  return { recency, askRecencyAt: null, isUnchanged: recency === cursor.recency && sinceMs < longestSkipMs };
}

/** The feed of changes may well work while this does not. */
async function recencyOf(api: LumosApi): ReturnType<LumosApi["recency"]> {
  try {
    return await api.recency();
  } catch (error) {
    if (error instanceof RetryableError && error.code === "TIDEMARK_UPSTREAM_UNAVAILABLE")
      return { at: null };
    throw error;
  }
}
