import { expect } from "vitest";
import { takeTurn } from "../../src/app/take-turn.ts";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import type { Connector, ConnectorContext } from "../../src/ports/connector.ts";
import type { CommitStep } from "../../src/ports/store.ts";
import { laneHarness } from "./lane-harness.ts";

/** An event as a consumer sees it, as far as tests of connectors look at it. */
export interface SeenEvent {
  op: "inserted" | "updated" | "deleted";
  accountId: string;
  version: number;
  before: JsonObject | null;
  after: JsonObject | null;
}

/** How many random histories a test plays: 200 in continuous integration. */
export const histories = process.env["CI"] === undefined ? 20 : 200;

/** A source whose connector talks to a server over HTTP, in a lane of the app on the memory store. */
export async function connectedLane(
  connector: Connector,
  upstream: { contextOf(signal: AbortSignal): ConnectorContext<JsonValue> },
) {
  const harness = await laneHarness({ connector: connector.name, deleteLimit: 1_000_000 });
  const { lane, ports, store } = harness;
  const commits: CommitStep[] = [];
  const wired = {
    ...ports,
    store: {
      ...store,
      commit(step: CommitStep) {
        commits.push(step);
        return store.commit(step);
      },
    },
    upstreamOf: (_source: unknown, signal: AbortSignal) => ({
      connector,
      context: upstream.contextOf(signal),
    }),
  };

  async function events(): Promise<SeenEvent[]> {
    return (await harness.journal()).map((row) => JSON.parse(row.value) as SeenEvent);
  }

  return {
    lane,
    /** What was committed so far. */
    commits,
    events,
    /** One turn each. @returns its events. */
    async turn(kind: "poll" | "sweep"): Promise<SeenEvent[]> {
      // What is due does not matter here.
      lane.pollDueAtMs = Number.POSITIVE_INFINITY;
      const before = (await events()).length;
      await takeTurn(lane, kind, wired);
      return (await events()).slice(before);
    },
    /** A person lets the source go on. */
    async resume(): Promise<void> {
      const { shard, term } = lane.shard;
      const intent = await store.askIntent({ source: lane.source.name, verb: "resume", actor: "test" });
      await store.finishIntent({ intent: intent ?? "", shard, term, outcome: "done" });
      lane.isOutdated = true;
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
