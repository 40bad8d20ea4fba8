import { z } from "zod";
import {
  type AccountDocument,
  type Observation,
  type RejectedItem,
  accountDocument,
} from "../../src/core/account.ts";
import type { JsonValue } from "../../src/core/json.ts";
import type { Connector } from "../../src/ports/connector.ts";
import { complete } from "../../src/sdk/complete.ts";
import { defineConnector } from "../../src/sdk/define-connector.ts";
import { notOffered } from "../../src/sdk/not-offered.ts";

/** A page as a script writes it. */
export interface ScriptedPage {
  observations: Observation[];
  rejected?: RejectedItem[];
  cursor: JsonValue;
}

/** What one pass does: its pages, then how it ends. */
export interface ScriptedPass {
  pages: ScriptedPage[];
  /** Thrown after the pages. */
  error?: Error;
  /** A sweep that ends without proof. */
  isIncomplete?: boolean;
  /** Why a sweep is not offered. */
  notOffered?: string;
  /** Called before each page is handed out, with its index. */
  before?: (index: number) => Promise<void> | void;
}

/** A connector that does what the test has written down, pass by pass. */
export interface ScriptedConnector {
  connector: Connector;
  polls: ScriptedPass[];
  sweeps: ScriptedPass[];
  /** What `get` answers; by default every account is gone. null: it cannot tell. */
  answers: Map<string, Observation | null>;
  /** Cursors and positions that passes were started with, and ids that were looked up. */
  asked: { polls: (JsonValue | null)[]; sweeps: (JsonValue | null)[]; ids: string[][] };
}

export function scriptedConnector(options: { volatile?: string[] } = {}): ScriptedConnector {
  const polls: ScriptedPass[] = [];
  const sweeps: ScriptedPass[] = [];
  const answers: ScriptedConnector["answers"] = new Map();
  const asked: ScriptedConnector["asked"] = { polls: [], sweeps: [], ids: [] };

  async function* play(pass: ScriptedPass | undefined) {
    for (const [index, page] of (pass?.pages ?? []).entries()) {
      await pass?.before?.(index);
      yield { observations: page.observations, rejected: page.rejected ?? [], place: page.cursor };
    }
    if (pass?.error !== undefined) throw pass.error;
  }

  const connector = defineConnector({
    name: "scripted",
    settings: z.looseObject({}),
    cursor: z.json(),
    position: z.json(),
    deletes: "by-absence",
    volatile: options.volatile ?? [],
    defaults: { everyMs: 60_000, sweepEveryMs: 3_600_000, budget: { requests: 100, perMs: 1_000 } },
    async *poll({ cursor }) {
      asked.polls.push(cursor);
      const pass = polls.shift() ?? { pages: [{ observations: [], cursor: cursor ?? "start" }] };
      for await (const { place, ...page } of play(pass)) yield { ...page, cursor: place };
    },
    lookBack: {
      everyMs: 21_600_000,
      windowMs: 86_400_000,
      from: (cursor, ms) => (cursor === "too early" ? null : { from: cursor, ms }),
    },
    async *sweep({ position }) {
      asked.sweeps.push(position);
      const pass = sweeps.shift();
      for await (const { place, ...page } of play(pass)) yield { ...page, position: place };
      if (pass?.notOffered !== undefined) return notOffered(pass.notOffered);
      return pass?.isIncomplete === true ? undefined : complete();
    },
    async get(ids) {
      asked.ids.push([...ids]);
      const answer = (id: string) =>
        answers.has(id) ? answers.get(id) : { id, gone: true as const, at: null };
      return { observations: ids.flatMap((id) => answer(id) ?? []), rejected: [] };
    },
  });
  return { connector, polls, sweeps, answers, asked };
}

/** An account document for tests. */
export function documentOf(id: string, fields: Partial<AccountDocument> = {}): AccountDocument {
  const { attributes = {}, ...rest } = fields;
  return accountDocument({ id, status: "active", ...rest }, attributes);
}

/** An observation of a document. */
export function seen(id: string, fields: Partial<AccountDocument> = {}): Observation {
  return { id, document: documentOf(id, fields) };
}
