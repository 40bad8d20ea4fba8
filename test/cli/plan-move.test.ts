import { describe, expect, test } from "vitest";
import type { MoveArguments } from "../../src/app/move-cursor.ts";
import { planMove } from "../../src/cli/plan-move.ts";
import { cursorMark } from "../../src/core/cursor-mark.ts";
import type { Connector } from "../../src/ports/connector.ts";
import { wireConnector } from "../../src/wire.ts";
import { type CursorHarness, polledTwice } from "../support/cursor-harness.ts";

interface Asked {
  verb: "set" | "rewind" | "reset";
  given?: Omit<MoveArguments, "seen">;
  ifAt?: string;
}

async function planned(
  { store, script }: CursorHarness,
  { given = {}, ifAt }: Asked,
  connectorOf: (name: string) => Connector = () => script.connector,
) {
  const live = await store.liveCursor("acme");
  const to = given.checkpoint === undefined ? null : await store.checkpoint(given.checkpoint);
  if (live === null) throw new Error("there is such a source");
  const move = { seen: ifAt ?? cursorMark(live.cursor), to: to ?? { cursor: given.cursor ?? null } };
  return planMove(
    store,
    live,
    { ...move, republish: given.republish ?? false, pace: given.pace ?? null },
    connectorOf,
  );
}

async function refusal(...asked: Parameters<typeof planned>): Promise<string> {
  const why = await planned(...asked);
  if (typeof why !== "string") throw new Error("it was not refused");
  return why;
}

/** What the owner says about the same. */
async function carriedOut({ store, look }: CursorHarness, { verb, given, ifAt }: Asked) {
  const live = await store.liveCursor("acme");
  const asked = { seen: ifAt ?? cursorMark(live?.cursor ?? null), ...given };
  const id = await store.askIntent({ source: "acme", verb, actor: "ann", arguments: asked });
  await look();
  return (await store.intent(id ?? ""))?.outcome;
}

describe("a move that is tried out", () => {
  test("tells what comes again, asks nobody for anything, and is then carried out", async () => {
    const source = await polledTwice();
    const back: Asked = { verb: "rewind", given: { checkpoint: "1", republish: true, pace: 50 } };
    expect(await planned(source, back)).toEqual({
      source: "acme",
      before: { mark: cursorMark(4), cursor: 4 },
      after: { mark: cursorMark(3), cursor: 3 },
      accounts: null,
      changes: { events: 1, accounts: 1, firstAt: expect.any(String), lastAt: expect.any(String) },
      republish: true,
      pace: 50,
    });
    expect(await source.store.pendingIntents([0])).toEqual([]);
    expect(await carriedOut(source, back)).toBe("done");
  });

  test("cannot tell what comes again after any cursor, and knows that all does after none", async () => {
    const source = await polledTwice();
    const set: Asked = { verb: "set", given: { cursor: 2 } };
    expect(await planned(source, set)).toMatchObject({ accounts: null, changes: null, republish: false });
    expect(await planned(source, { verb: "reset" })).toMatchObject({ accounts: 3, changes: null });
  });

  const toFirst: Asked = { verb: "rewind", given: { checkpoint: "1" } };
  test.each<[why: string, asked: Asked, prepare: (source: CursorHarness) => void]>([
    ["the cursor is not the one that was seen", { ...toFirst, ifAt: "3f2a91c0" }, () => {}],
    [
      "the source is never polled",
      { verb: "reset" },
      ({ store }) => void Object.assign(store.state.sources.get(1) ?? {}, { everyMs: null }),
    ],
    [
      "the checkpoint is of another version",
      toFirst,
      ({ script }) => void (script.connector.cursorVersion = 2),
    ],
    [
      "the connector cannot read the cursor",
      { verb: "set", given: { cursor: {} } },
      ({ script }) => void (script.connector.cursorFaults = () => ["since is missing"]),
    ],
  ])("is refused in the owner's words when %s", async (_why, asked, prepare) => {
    const source = await polledTwice();
    prepare(source);
    const why = await refusal(source, asked);
    expect(await carriedOut(source, asked)).toBe(`refused: ${why}`);
  });

  test("is refused in the owner's words when this program has no such connector", async () => {
    const source = await polledTwice();
    // Both ask this for it: no connector of the program is called so.
    source.ports.upstreamOf = ({ connector }) => {
      throw new Error(`there is a connector ${wireConnector(connector).name}`);
    };
    const why = await refusal(source, { verb: "reset" }, wireConnector);
    expect(why).toMatch(/^there is no connector scripted in this version\. .*tidemark .* acme/);
    expect(await carriedOut(source, { verb: "reset" })).toBe(`refused: ${why}`);
  });
});
