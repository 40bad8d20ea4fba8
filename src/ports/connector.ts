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

/** What a sweep returns when the upstream, as it is, offers none that could prove absence. Made by `notOffered()`. */
export interface NotOfferedSweep {
  readonly complete: false;
  /** One clause for a person, such as `the connector offers no list_accounts`. */
  readonly why: string;
}

/** How often and how fast to ask when the operator does not say. */
export interface Pace {
  /** Between two polls; between two sweeps of a source that is never polled. */
  everyMs: number;
  budget: { requests: number; perMs: number };
}

/** How to look back; how often, and over how long a stretch, when the operator does not say. */
export interface LookBack<Cursor> {
  everyMs: number;
  /** A change that becomes visible this late is still found. */
  windowMs: number;
  /**
   * A cursor at the beginning of a pass that reads again what has changed since `ms` before the last finished poll; one that is underway makes no difference.
   * @returns null when it cannot, as before the first poll has ended.
   */
  from(cursor: Cursor, ms: number): Cursor | null;
}

/** A connector to an upstream that cannot be asked what changed: every pass of its sources is a sweep. */
export interface SweptConnectorDefinition<Settings, Position> {
  /** As in `connector: sailpoint`. */
  name: string;
  /** What an operator may set; secrets arrive resolved. */
  settings: z.ZodType<Settings>;
  position: z.ZodType<Position>;
  /** How deletes become known: the feed has tombstones, or only absence from a complete sweep proves them. */
  deletes: "tombstones" | "by-absence";
  /** Dotted paths of members that are not part of the fingerprint, such as `attributes.photoUrl`. */
  volatile: readonly string[];
  defaults: Pace;
  /**
   * One pass over everything. An exception or a return of anything but `complete()` is an incomplete sweep and proves nothing;
   * after `notOffered()` the next one is tried when it is due, which is no failure.
   * @param position null at the start, else where a sweep was interrupted.
   */
  sweep(
    context: ConnectorContext<Settings> & { position: Position | null },
  ): AsyncGenerator<SweepPage<Position>, CompleteSweep | NotOfferedSweep | void, void>;
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

/** A connector to an upstream that can be asked what changed since …. */
export interface PolledConnectorDefinition<Settings, Cursor, Position> extends SweptConnectorDefinition<
  Settings,
  Position
> {
  cursor: z.ZodType<Cursor>;
  /** To be raised when cursors that were stored by earlier versions cannot be read any more; 1 when left out. */
  cursorVersion?: number;
  defaults: Pace & { sweepEveryMs: number };
  /**
   * One pass forward from the cursor; yields at least one page, also when nothing changed.
   * @param cursor null on the first pass ever.
   */
  poll(
    context: ConnectorContext<Settings> & { cursor: Cursor | null },
  ): AsyncGenerator<Page<Cursor>, void, void>;
  /** For changes that become visible only when polls have passed their time; left out, only sweeps find them. */
  lookBack?: LookBack<Cursor>;
  /** Whether a source with these settings can be polled; when left out, every source can. Else every pass is a sweep. */
  canPoll?(settings: Settings): boolean;
}

/** A connector as its author writes it; `defineConnector` turns it into a `Connector`. */
export type ConnectorDefinition<Settings, Cursor, Position> =
  SweptConnectorDefinition<Settings, Position> | PolledConnectorDefinition<Settings, Cursor, Position>;

/** A connector as the app sees it: cursors and positions are JSON, settings are checked when a pass starts. */
export type Connector = Omit<
  PolledConnectorDefinition<JsonValue, JsonValue, JsonValue>,
  "settings" | "cursor" | "cursorVersion" | "position" | "defaults" | "lookBack"
> & {
  /** Only cursors of this version can be read. */
  cursorVersion: number;
  /** What is wrong with a cursor of that version; nothing when it can be read. */
  cursorFaults(cursor: JsonValue): string[];
  /** @throws ConfigError listing every fault with the nearest valid name. */
  checkSettings(settings: JsonValue): JsonValue;
  /** Whether a source with these settings, which were checked, can be polled; `poll` is not called when it cannot. */
  canPoll(settings: JsonValue): boolean;
  settings: z.ZodType;
  /** null when it cannot look back. `from` @throws SourceHaltedError `TIDEMARK_SOURCE_CURSOR` */
  lookBack: LookBack<JsonValue> | null;
  /** `sweepEveryMs`: null when no source is ever polled. */
  defaults: Pace & { sweepEveryMs: number | null };
};
