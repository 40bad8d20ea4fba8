import { expect, test } from "vitest";
import { upkeep } from "../../src/app/upkeep.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import { laneHarness } from "../support/lane-harness.ts";
import type { Retention } from "../../src/ports/store.ts";
import { retention } from "../support/retention.ts";
import { seen } from "../support/scripted-connector.ts";

const dayMs = 86_400_000;

test("the log tells which days have left and why, and which one should have", async () => {
  const { lane, shard, ports, script, store, clock, log } = await laneHarness();
  const poll = async (id: string) => {
    script.polls.push({ pages: [{ observations: [seen(id)], cursor: id }] });
    await takeTurn(lane, "poll", ports);
  };
  const published = (seq: string) => store.recordPublished({ shard: 0, term: shard.term, seq, nonce: null });
  /** What the log has been told by one round of it. */
  const told = async (limits: Retention) => {
    const before = log.lines.length;
    await upkeep(limits, ports);
    return log.lines.slice(before);
  };
  await poll("first");
  await clock.advance(dayMs);
  await poll("second");
  await published("1");
  await clock.advance(30 * dayMs);
  expect(await told(retention)).toMatchObject([
    { level: "info", message: "journal.dropped", fields: { partition: "journal_20260301", because: "age" } },
  ]);
  await clock.advance(dayMs);
  expect(await told(retention)).toMatchObject([
    {
      level: "warn",
      message: "journal.kept",
      fields: { partition: "journal_20260302", because: "unpublished" },
    },
  ]);
  await published("2");
  expect(await told({ ...retention, retentionDays: 60, journalMaxBytes: 1 })).toMatchObject([
    { level: "info", message: "journal.dropped", fields: { partition: "journal_20260302", because: "size" } },
  ]);
});
