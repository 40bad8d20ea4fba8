import { expect, test } from "vitest";
import { type RepairStep, type RepairWish, type ShardFinding, chooseRepair } from "../../src/core/repair.ts";

const fine: ShardFinding = { shard: 3, code: null, isRecovered: false, next: "41", publishedSeq: "40" };
const nothing: RepairWish = { republishFrom: null, fromKafka: false, shard: null };
const everything: RepairWish = { republishFrom: "7", fromKafka: true, shard: null };
const named: RepairWish = { ...everything, shard: 3 };

const advise = (advice: string): RepairStep => ({ do: "advise", advice });
const republish: RepairStep = { do: "republish", from: "7" };

test.each<[what: string, found: Partial<ShardFinding>, wish: RepairWish, step: RepairStep]>([
  ["leaves a shard alone that agrees", {}, nothing, { do: "nothing" }],
  ["leaves a shard alone that agrees, whatever is asked for all", {}, everything, { do: "nothing" }],
  ["checks a shard that agrees when it is named", {}, named, republish],
  ["stores a position that the topics told", { isRecovered: true }, nothing, { do: "keep-position" }],
  [
    "publishes again only when asked: Kafka's position tells from where",
    { code: "TIDEMARK_KAFKA_WENT_BACK", next: "30" },
    nothing,
    advise("tidemark repair --shard 3 --republish-from 30 publishes what the topics lack"),
  ],
  [
    "publishes again only when asked: without a position, from the first event not known to be published",
    { code: "TIDEMARK_PROGRESS_LOST", next: null },
    nothing,
    advise("tidemark repair --shard 3 --republish-from 41 publishes what the topics lack"),
  ],
  ["publishes again", { code: "TIDEMARK_KAFKA_WENT_BACK" }, everything, republish],
  ["publishes again without a position", { code: "TIDEMARK_PROGRESS_LOST", next: null }, named, republish],
  ["fills a new topic for all shards", { code: "TIDEMARK_TOPIC_MISSING" }, everything, republish],
  [
    "does not fill a new topic for one shard",
    { code: "TIDEMARK_TOPIC_MISSING" },
    named,
    advise(
      "tidemark repair --republish-from 1, for all shards at once, publishes again what the journal holds",
    ),
  ],
  [
    "restores only when asked",
    { code: "TIDEMARK_DATABASE_WENT_BACK" },
    { ...everything, fromKafka: false },
    advise("tidemark repair --shard 3 --from-kafka brings back what the database has lost"),
  ],
  ["restores", { code: "TIDEMARK_DATABASE_WENT_BACK" }, everything, { do: "restore" }],
  ["restores a history that has forked", { code: "TIDEMARK_HISTORY_FORKED" }, named, { do: "restore" }],
  [
    "touches nothing on another cluster",
    { code: "TIDEMARK_OTHER_CLUSTER", next: null },
    named,
    advise("Point kafka.brokers back at the old cluster, or start a new installation for the new one."),
  ],
])("%s", (_what, found, wish, step) => {
  expect(chooseRepair({ ...fine, ...found }, wish)).toEqual(step);
});
