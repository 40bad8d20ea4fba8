import * as fc from "fast-check";
import { expect } from "vitest";
import { canonicalJsonWithoutNulls } from "../../src/core/canonical-json.ts";
import type { JsonObject } from "../../src/core/json.ts";
import type { Control } from "../../src/sandbox/upstreams/control-client.ts";
import type { CommonBehaviour, Fault } from "../../src/sandbox/upstreams/protocol.ts";
import { type SeenEvent, type connectedLane, foldedEvents } from "../support/connected-lane.ts";
import { seed } from "../support/seed.ts";
import { closeUpstreams } from "./simulated-upstream.ts";

/** A simulated upstream, and the lane of the source that reads it. */
export interface Feed extends Awaited<ReturnType<typeof connectedLane>> {
  control: Pick<Control<CommonBehaviour>, "mutate" | "inject" | "clearFaults">;
  truth(): Promise<Map<string, JsonObject>>;
  /** A record as far as both the upstream's truth and its events have it. */
  shown(record: JsonObject): JsonObject;
  pass(ms: number): Promise<void>;
}

/** What happens to a feed, over and over. */
export interface Histories<Behaviour> {
  open(behaviour: Behaviour): Promise<Feed>;
  behaviour: fc.Arbitrary<Behaviour>;
  /** How much time may pass between two turns, here and there. */
  advancesMs: readonly number[];
  turns: readonly Turn[];
  /** After how long every change shows. */
  settledAfterMs?: number;
  /** Requests for lists, as a pattern of their paths: others are answered neither empty nor in another shape. All when left out. */
  lists?: string;
  /** How often in a row an answer may be empty by mistake; up to nine times when left out. */
  mostEmpty?: number;
}

/** What happens in one round of a feed's history. */
export interface Round {
  mutation: Mutation;
  advanceMs: number;
  faults: readonly Fault[];
  turn: Turn;
}

type Mutation = Parameters<Feed["control"]["mutate"]>[0];
type Turn = "poll" | "sweep" | "look-back";

const runs = 200;

/** Faults that a feed survives. */
export const survivableKinds = [
  "429",
  "500",
  "503",
  "reset",
  "truncated",
  "empty-body",
  "empty-answer",
  "wrong-shape",
] as const;

/** What a consumer knows after some events. */
export function knownFrom(events: readonly SeenEvent[], shown: Feed["shown"]): Map<string, JsonObject> {
  return new Map(
    [...foldedEvents(events)].map(([id, { attributes }]) => [id, shown(attributes as JsonObject)]),
  );
}

/** Checks that the events tell what the upstream has. Nulls are neither stored nor published. */
export async function expectTruth(feed: Pick<Feed, "events" | "truth" | "shown">): Promise<void> {
  const truth = [...(await feed.truth())].map(([id, record]): [string, JsonObject] => [
    id,
    JSON.parse(canonicalJsonWithoutNulls(record)) as JsonObject,
  ]);
  expect(knownFrom(await feed.events(), feed.shown)).toEqual(new Map(truth));
}

/** One history to its end, where nothing goes wrong any more: the events tell the truth. */
export async function playHistory(
  feed: Feed,
  rounds: readonly Round[],
  { turns, settledAfterMs }: Required<Pick<Histories<unknown>, "turns" | "settledAfterMs">>,
): Promise<void> {
  for (const { mutation, advanceMs, faults, turn } of rounds) {
    await feed.control.mutate(mutation);
    await feed.pass(advanceMs);
    await feed.control.inject(...faults);
    await feed.turn(turn);
    await feed.resume();
    await feed.control.clearFaults();
  }
  await feed.pass(settledAfterMs);
  // The first ones may only end what was left unfinished.
  for (let round = 0; round < 2; round += 1) for (const turn of new Set(turns)) await feed.turn(turn);
  // An answer that was empty by mistake put everybody on hold: whoever has gone since then waits for a person.
  await feed.approveHolds();
  expect(feed.lane.source.state).toBe("running");
  await expectTruth(feed);
  await closeUpstreams();
}

/** Random changes, faults, turns and pauses, 200 times: in the end the events tell the truth. */
export async function playHistories<Behaviour>(
  name: string,
  { open, behaviour, advancesMs, turns, settledAfterMs = 0, lists = "", mostEmpty = 9 }: Histories<Behaviour>,
): Promise<void> {
  console.log(`${name}: seed ${seed}, ${runs} histories`);
  const anyMutation = fc.record({ insert: fc.nat(3), update: fc.nat(6), delete: fc.nat(3) });
  const extent = { after: fc.nat(4), times: fc.constantFrom(1, 2, 9) };
  const anyFault = fc.oneof(
    fc.record({ kind: fc.constantFrom(...survivableKinds), ...extent }).map((fault): Fault => {
      if (fault.kind === "empty-answer")
        return { ...fault, path: lists, times: Math.min(fault.times, mostEmpty) };
      return fault.kind === "wrong-shape" ? { ...fault, path: lists } : fault;
    }),
    fc.record({ kind: fc.constant("shift" as const), after: extent.after, mutation: anyMutation }),
  );
  const anyRound = fc.record({
    mutation: anyMutation,
    faults: fc.array(anyFault, { maxLength: 2 }),
    turn: fc.constantFrom(...turns),
    advanceMs: fc.constantFrom(...advancesMs),
  });
  await fc.assert(
    fc.asyncProperty(behaviour, fc.array(anyRound, { maxLength: 5 }), async (behaviour, rounds) => {
      await playHistory(await open(behaviour), rounds, { turns, settledAfterMs });
    }),
    { numRuns: runs, seed },
  );
}
