import type { z } from "zod";
import type { Observation, RejectedItem } from "../core/account.ts";
import type { JsonValue } from "../core/json.ts";
import type { Clock } from "./clock.ts";
import type { Http, Tokens } from "./http.ts";
import type { Log } from "./log.ts";

/** What a connector is given for one pass. It keeps nothing between calls: all it needs is in the cursor. */
export interface ConnectorContext<Settings> {
  settings: Settings;
  http: Http;
  tokens: Tokens;
  clock: Clock;
  log: Log;
  /** Aborted at shutdown or when the shard is lost: stop within 1,000 ms. */
  signal: AbortSignal;
}

/** One page of a poll. */
export interface Page<Cursor> {
  /** In the order in which they apply; an id may occur more than once. */
  observations: Observation[];
  /** Items that could not be understood; the page goes on without them. */
  rejected: RejectedItem[];
  /** Where to go on after this page: every page is a place to resume. */
  cursor: Cursor;
}

/** One page of a sweep. */
export interface SweepPage<Position> {
  observations: Observation[];
  rejected: RejectedItem[];
  /** Where to go on inside this sweep. */
  position: Position;
}

/** What a sweep returns when, and only when, it has provably seen every account. Made by `complete()`. */
export interface CompleteSweep {
  readonly complete: true;
}

/** A connector as its author writes it; `defineConnector` turns it into a `Connector`. */
export interface ConnectorDefinition<Settings, Cursor, Position> {
  /** As in `connector: sailpoint`. */
  name: string;
  /** What an operator may set; secrets arrive resolved. */
  settings: z.ZodType<Settings>;
  cursor: z.ZodType<Cursor>;
  position: z.ZodType<Position>;
  /** How deletes become known: the feed has tombstones, or only absence from a complete sweep proves them. */
  deletes: "tombstones" | "by-absence";
  /** Dotted paths of members that are not part of the fingerprint, such as `attributes.photoUrl`. */
  volatile: readonly string[];
  /** How often and how fast to ask when the operator does not say. */
  defaults: { everyMs: number; sweepEveryMs: number; budget: { requests: number; perMs: number } };
  /**
   * One pass forward from the cursor; yields at least one page, also when nothing changed.
   * @param cursor null on the first pass ever.
   */
  poll(
    context: ConnectorContext<Settings> & { cursor: Cursor | null },
  ): AsyncGenerator<Page<Cursor>, void, void>;
  /**
   * One pass over everything. An exception or a return of anything but `complete()` is an incomplete sweep and proves nothing.
   * @param position null at the start, else where a sweep was interrupted.
   */
  sweep(
    context: ConnectorContext<Settings> & { position: Position | null },
  ): AsyncGenerator<SweepPage<Position>, CompleteSweep | void, void>;
  /**
   * Looks accounts up by id, to confirm that they are gone or to fill in a `present` observation.
   * @param ids 1–100 ids, each once.
   * @returns One observation (document or gone) per id, in any order; what cannot be told is left out or rejected.
   */
  get(
    ids: readonly string[],
    context: ConnectorContext<Settings>,
  ): Promise<{ observations: Observation[]; rejected: RejectedItem[] }>;
}

/** A connector as the app sees it: cursors and positions are JSON, settings are checked when a pass starts. */
export type Connector = Omit<
  ConnectorDefinition<JsonValue, JsonValue, JsonValue>,
  "settings" | "cursor" | "position"
> & {
  /** @throws ConfigError listing every fault with the nearest valid name. */
  checkSettings(settings: JsonValue): JsonValue;
  settings: z.ZodType;
};
