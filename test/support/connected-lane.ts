import { expect } from "vitest";
import { takeTurn } from "../../src/app/take-turn.ts";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import type { Connector, ConnectorContext } from "../../src/ports/connector.ts";
import type { AskedIntent, CommitStep, Source, SourceConfig } from "../../src/ports/store.ts";
import { laneHarness, privacyOf } from "./lane-harness.ts";

/** An event as a consumer sees it, as far as tests of connectors look at it. */
export interface SeenEvent {
  op: "inserted" | "updated" | "deleted";
  accountId: string;
  version: number;
  before: JsonObject | null;
  after: JsonObject | null;
}

/** A source whose connector talks to a server over HTTP, in a lane of the app on the memory store. */
export async function connectedLane(
  connector: Connector,
  upstream: { contextOf(signal: AbortSignal): ConnectorContext<JsonValue> },
  different: Partial<SourceConfig> = {},
) {
  const { settings } = upstream.contextOf(new AbortController().signal);
  const { everyMs = 1, windowMs = 1 } = connector.lookBack ?? {};
  const polls = connector.canPoll(settings) ? { lookBack: { everyMs, windowMs } } : { everyMs: null };
  const harness = await laneHarness({
    connector: connector.name,
    deleteLimit: 1_000_000,
    ...polls,
    ...different,
  });
  const { lane, ports, store } = harness;
  const commits: CommitStep[] = [];
  const lookedUp: number[] = [];
  const wired = {
    ...ports,
    store: {
      ...store,
      knownAccounts(...asked: Parameters<typeof store.knownAccounts>) {
        lookedUp.push(asked[1].length);
        return store.knownAccounts(...asked);
      },
      commit(step: CommitStep) {
        commits.push(step);
        return store.commit(step);
      },
    },
    upstreamOf: (source: Source, signal: AbortSignal) => ({
      connector,
      privacy: privacyOf(source),
      context: upstream.contextOf(signal),
    }),
  };

  async function asked(what: Pick<AskedIntent, "verb" | "hold">): Promise<void> {
    const { shard, term } = lane.shard;
    const intent = await store.askIntent({ ...what, source: lane.source.name, actor: "test" });
    await store.finishIntent({ intent: intent ?? "", shard, term, outcome: "done" });
    lane.isOutdated = true;
  }

  async function events(): Promise<SeenEvent[]> {
    return (await harness.journal()).map((row) => JSON.parse(row.value) as SeenEvent);
  }

  return {
    lane,
    store,
    /** What was committed so far. */
    commits,
    /** How many accounts were looked up in the store at once, each time. */
    lookedUp,
    events,
    /** One turn each. @returns its events. */
    async turn(kind: "poll" | "sweep" | "look-back"): Promise<SeenEvent[]> {
      // What is due does not matter here.
      lane.pollDueAtMs = Number.POSITIVE_INFINITY;
      const before = (await events()).length;
      await takeTurn(lane, kind, wired);
      return (await events()).slice(before);
    },
    /** A person lets the source go on. */
    resume: () => asked({ verb: "resume" }),
    /** A person approves whatever waits: what is still gone then is deleted. */
    async approveHolds(): Promise<void> {
      for (const { id } of await store.holds()) await asked({ verb: "approve", hold: { id, note: null } });
      await takeTurn(lane, "hold", wired);
    },
  };
}

/** What a consumer knows after all events; checks that versions have no gap and that each event fits what came before it. */
export function foldedEvents(events: readonly SeenEvent[]): Map<string, JsonObject> {
  const known = new Map<string, JsonObject>();
  const versions = new Map<string, number>();
  for (const { op, accountId, version, before, after } of events) {
    expect(version).toBe((versions.get(accountId) ?? 0) + 1);
    versions.set(accountId, version);
    expect(before).toEqual(known.get(accountId) ?? null);
    expect(op).toBe(before === null ? "inserted" : after === null ? "deleted" : "updated");
    if (after === null) known.delete(accountId);
    else known.set(accountId, after);
  }
  return known;
}
