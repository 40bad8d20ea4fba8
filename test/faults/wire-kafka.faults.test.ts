import { inject, onTestFinished } from "vitest";
import { requestTimeoutMs } from "../../src/kafka/kafka-client.ts";
import { BrokenContract } from "../support/broken-contract.ts";
import type { Side } from "./proxies/fault-proxy.ts";
import { type KafkaProxy, kafkaProxy, transactionApis } from "./proxies/kafka-proxy.ts";
import { type Strike, cut, cutInHalf, delay, drop, forwardThenCut } from "./proxies/strikes.ts";
import { scenario } from "./rounds.ts";
import { someOf, startWireFeed, untilStruck } from "./wire-feed.ts";

const shards = transactionApis.length;

/** Beyond the time after which a client gives up. */
const tooLate = delay(requestTimeoutMs + 2_000);

interface Kind {
  side: Side;
  strike: Strike;
}

const always: readonly Kind[] = [
  { side: "response", strike: cut },
  { side: "response", strike: drop },
  { side: "response", strike: tooLate },
];

const sometimes: readonly Kind[] = [
  { side: "request", strike: cut },
  { side: "request", strike: forwardThenCut },
  { side: "request", strike: tooLate },
  { side: "request", strike: drop },
  { side: "request", strike: delay(1_000) },
  { side: "response", strike: cutInHalf },
  { side: "response", strike: delay(1_000) },
];

scenario(
  "what a transaction says to Kafka is lost, late or cut",
  { ci: 1 },
  async ({ seed, random, size }) => {
    const proxy = await doorToKafka();
    const feed = await startWireFeed({ seed, shards, brokers: proxy.brokers });

    let struck = 0;
    const kinds = [...always, ...(size === "ci" ? someOf(sometimes, 2, random) : sometimes)];
    for (const [turn, { side, strike }] of kinds.entries()) {
      // Each API of another shard, because a lost answer takes a publisher a quarter of a minute.
      const planned = transactionApis.map((name, index) => {
        const of = feed.owners[(index + turn) % shards] ?? "";
        // These two are said only when a publisher opens, so one has to fail before.
        const isOpening = name === "InitProducerId" || name === "OffsetFetch";
        if (isOpening) proxy.on({ name: "TxnOffsetCommit", side: "request", of }, cut);
        return proxy.on({ name, side, of }, strike);
      });
      await untilStruck(planned);
      await feed.goesOn();
      struck += planned.length;
    }

    const { events } = await feed.prove();
    return { struck, events };
  },
);

/** KAFKA-17754: were it accepted, it would commit half of a transaction that is not its own. */
scenario(
  "the end of a transaction arrives in the middle of a later one",
  { ci: 1 },
  async ({ seed, random }) => {
    const proxy = await doorToKafka();
    const feed = await startWireFeed({ seed, shards: 4, brokers: proxy.brokers });
    await feed.goesOn();

    let struck = 0;
    for (const within of ["AddOffsetsToTxn", "TxnOffsetCommit", "AddPartitionsToTxn", "Produce"] as const) {
      const answers: number[] = [];
      const planned = feed.owners.map((of) =>
        proxy.on(
          { name: "EndTxn", side: "request", of, after: random.below(3) },
          async ({ forward, cutClient }) => {
            const answered = proxy.on({ name: within, side: "response", of }, async (middle) => {
              const answer = proxy.on({ name: "EndTxn", side: "response", of }, ({ bytes }) => {
                answers.push(errorIn(bytes));
              });
              forward();
              await answer.done;
              middle.forward();
            });
            cutClient();
            await answered.done;
          },
        ),
      );
      await untilStruck(planned);
      const accepted = answers.filter((error) => !refusals.includes(error));
      if (accepted.length > 0)
        throw new BrokenContract([`I7 single writer: late ends were answered ${accepted.join()}`]);
      await feed.goesOn();
      struck += planned.length;
    }

    const { events } = await feed.prove();
    return { struck, events };
  },
);

async function doorToKafka(): Promise<KafkaProxy> {
  const proxy = await kafkaProxy(inject("brokers"));
  onTestFinished(() => proxy.close());
  return proxy;
}

/** INVALID_PRODUCER_EPOCH and PRODUCER_FENCED. */
const refusals: readonly number[] = [47, 90];

/** After length, correlation id and the time for which the client is throttled. */
function errorIn(endTxnResponse: Buffer): number {
  return endTxnResponse.readInt16BE(12);
}
