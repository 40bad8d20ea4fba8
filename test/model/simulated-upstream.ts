import { z } from "zod";
import type { AccountDocument, Observation } from "../../src/core/account.ts";
import { RetryableError } from "../../src/core/errors.ts";
import type { JsonValue } from "../../src/core/json.ts";
import type { Connector } from "../../src/ports/connector.ts";
import { complete } from "../../src/sdk/complete.ts";
import { defineConnector } from "../../src/sdk/define-connector.ts";
import { documentOf } from "../support/scripted-connector.ts";
import type { Link } from "./link.ts";
import type { Simulation } from "./simulation.ts";

/** One account in truth. */
interface Truth {
  /** Grows with every change of this id, also over deletes. */
  n: number;
  /** When it last changed: many changes share a tick. */
  tick: number;
  isDeleted: boolean;
}

/** How one upstream is. */
export interface UpstreamTraits {
  /** Deletes are in the feed, or only absence from a sweep proves them. */
  deletes: "tombstones" | "by-absence";
  /** A sweep tells ids only. */
  sweepsIds: boolean;
  pageSize: number;
  tickMs: number;
  /** How often a sweep ends without proof. */
  incompleteRate: number;
}

/** A simulated upstream: its truth, and a connector that reads it in pages. */
export interface SimulatedUpstream {
  readonly traits: UpstreamTraits;
  /** Inserts, updates, deletes or revives some accounts, often several in one tick. */
  change(): void;
  /** Living accounts by id, as documents. */
  population(): Map<string, AccountDocument>;
  /** What must be stored once this cursor is: the living (document) and the deleted (null) that a poll has gone past for good. */
  passed(cursor: JsonValue | undefined): Map<string, AccountDocument | null>;
  connectorOver(link: Link): Connector;
}

const place = z.object({ tick: z.number(), id: z.string() });
const cursorSchema = z.object({ since: z.number(), after: place.nullable(), asOf: z.number().nullable() });
type Cursor = z.infer<typeof cursorSchema>;
type Item = { id: string } & Truth;

export function unreachableUpstream(what: string): Error {
  return new RetryableError("TIDEMARK_UPSTREAM_UNAVAILABLE", what);
}

export function simulatedUpstream(simulation: Simulation, traits: UpstreamTraits): SimulatedUpstream {
  const { choices } = simulation;
  const accounts = new Map<string, Truth>();
  const tickNow = () => 1 + Math.floor(simulation.nowMs() / traits.tickMs);

  const inOrder = (a: { tick: number; id: string }, b: { tick: number; id: string }) =>
    a.tick - b.tick || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  const feed = (): Item[] =>
    [...accounts]
      .map(([id, truth]) => ({ id, ...truth }))
      .filter(({ isDeleted }) => traits.deletes === "tombstones" || !isDeleted)
      .sort(inOrder);
  const living = () =>
    [...accounts]
      .filter(([, { isDeleted }]) => !isDeleted)
      .map(([id, truth]) => ({ id, ...truth }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));

  const set = (id: string, isDeleted: boolean) =>
    accounts.set(id, { n: (accounts.get(id)?.n ?? 0) + 1, tick: tickNow(), isDeleted });

  const readFeed = ({ since, after, asOf }: Cursor) => {
    const now = asOf ?? tickNow();
    const rest = feed().filter((item) => item.tick >= since && (after === null || inOrder(item, after) > 0));
    const items = rest.slice(0, traits.pageSize);
    const last = items.at(-1);
    const isLast = items.length === rest.length;
    // What changes while the pass runs has a tick of its start or later, and is read again by the next.
    const cursor: Cursor =
      isLast || last === undefined
        ? { since: now, after: null, asOf: null }
        : { since, after: { tick: last.tick, id: last.id }, asOf: now };
    return { observations: items.map(observationOf), cursor, isLast };
  };

  const connectorOver = (link: Link) =>
    defineConnector({
      name: "simulated",
      settings: z.looseObject({}),
      cursor: cursorSchema,
      position: z.string(),
      deletes: traits.deletes,
      volatile: [],
      defaults: { everyMs: 1_000, sweepEveryMs: 5_000, budget: { requests: 100, perMs: 1_000 } },
      async *poll({ cursor }) {
        let at = cursor ?? { since: 0, after: null, asOf: null };
        for (;;) {
          const from = at;
          const page = await link.call("poll a page", () => readFeed(from));
          yield { observations: page.observations, rejected: [], cursor: page.cursor };
          if (page.isLast) return;
          at = page.cursor;
        }
      },
      lookBack: {
        everyMs: 1_700,
        windowMs: 1_000,
        from: ({ since }, ms) => ({
          since: Math.max(0, since - Math.ceil(ms / traits.tickMs)),
          after: null,
          asOf: null,
        }),
      },
      async *sweep({ position }) {
        for (let after = position ?? ""; ;) {
          const from = after;
          const page = await link.call("sweep a page", () => {
            const rest = living().filter(({ id }) => id > from);
            return { items: rest.slice(0, traits.pageSize), isLast: rest.length <= traits.pageSize };
          });
          after = page.items.at(-1)?.id ?? after;
          const observations = page.items.map((item): Observation =>
            traits.sweepsIds ? { id: item.id, present: true } : observationOf(item),
          );
          yield { observations, rejected: [], position: after };
          if (choices.chance(traits.incompleteRate)) return undefined;
          if (page.isLast) return complete();
        }
      },
      get: (ids) =>
        link.call("get", () => ({
          observations: ids.map((id): Observation => {
            const found = accounts.get(id);
            return found === undefined || found.isDeleted
              ? { id, gone: true, at: null }
              : observationOf({ id, ...found });
          }),
          rejected: [],
        })),
    });

  set("a0", false);
  return {
    traits,
    change() {
      const count = choices.oneOf([1, 1, 1, 2, 5]);
      for (let done = 0; done < count; done += 1) {
        const id = `a${choices.below(12)}`;
        const isLiving = accounts.get(id)?.isDeleted === false;
        set(id, isLiving && choices.chance(0.3));
      }
    },
    population: () => new Map(living().map((item) => [item.id, documentFor(item)])),
    passed(cursor) {
      const parsed = cursorSchema.safeParse(cursor);
      if (!parsed.success) return new Map();
      const { since, after, asOf } = parsed.data;
      const behind = feed().filter((item) =>
        after === null ? item.tick < since : item.tick < (asOf ?? 0) && inOrder(item, after) <= 0,
      );
      return new Map(behind.map((item) => [item.id, item.isDeleted ? null : documentFor(item)]));
    },
    connectorOver,
  };
}

function documentFor({ id, n }: Item): AccountDocument {
  return documentOf(id, { displayName: `${id} #${n}` });
}

function observationOf(item: Item): Observation {
  return item.isDeleted
    ? { id: item.id, gone: true, at: null }
    : { id: item.id, document: documentFor(item) };
}
