import { describe, expect, it } from "vitest";
import { type OwnedShard, ownedShard } from "../../src/app/owned-shard.ts";
import { publishShard } from "../../src/app/publish-shard.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import { topicBook } from "../../src/app/topic-book.ts";
import type { WorkerPorts } from "../../src/app/worker-ports.ts";
import { leaseTiming } from "../../src/core/lease.ts";
import { laneHarness } from "../support/lane-harness.ts";
import { settled } from "../support/manual-clock.ts";
import { seen } from "../support/scripted-connector.ts";

const topic = "tidemark.scripted.accounts";

/** A source with one event that waits to be published. */
async function oneEvent() {
  const harness = await laneHarness();
  const { script, lane, store, ports } = harness;
  script.polls.push({ pages: [{ observations: [seen("a")], cursor: 1 }] });
  await takeTurn(lane, "poll", ports);
  const settings = { prefix: "tidemark", shardCount: 1, partitions: 3, allowWeakDurability: true };
  const journalId = store.state.installation?.journalId ?? "";
  const publish = (shard: OwnedShard, over: WorkerPorts = ports) =>
    publishShard(shard, { topics: topicBook(settings, over), journalId }, over);
  return { ...harness, publish };
}

describe("a lease that runs out", () => {
  it("between the records and the commit leaves the transaction uncommitted, and the next owner publishes", async () => {
    const { clock, kafka, ports, publish, shard: lease } = await oneEvent();
    let sleptMs = 0;
    const sleepy = { ...clock, monotonicMs: () => clock.monotonicMs() + sleptMs };
    const sleeper = ownedShard(lease, sleepy, leaseTiming, clock.monotonicMs());
    const sleeping = publish(sleeper, {
      ...ports,
      publishers: {
        forShard(number, partitionsOf) {
          const publisher = ports.publishers.forShard(number, partitionsOf);
          return {
            ...publisher,
            publish: (batch) => {
              const mayCommit = () => {
                // The records are with the broker: here the process is paused, and nobody renews.
                if (batch.records.length > 0) sleptMs = leaseTiming.stopAfterMs;
                return batch.mayCommit();
              };
              return publisher.publish({ ...batch, mayCommit });
            },
          };
        },
      },
    });
    await settled();
    expect(kafka.records(topic)).toEqual([]);
    expect(kafka.progress(0).next).toBe("1");
    expect(sleeper.signal.aborted).toBe(true);
    await sleeping;

    const successor = ownedShard(lease, clock, leaseTiming, clock.monotonicMs());
    const ended = publish(successor);
    await settled();
    successor.release();
    await ended;
    expect(kafka.records(topic).map(({ key }) => key)).toEqual(["acme/a"]);
    expect(kafka.progress(0).next).toBe("2");
  });
});
