import { setTimeout as pause } from "node:timers/promises";
import { eventually } from "../support/eventually.ts";
import { startFeed } from "./feed.ts";
import { ownKafka } from "./own-servers.ts";
import { scenario } from "./rounds.ts";

const changesPerSecond = 40;

scenario(
  "Kafka is killed under load, and stays away for a while",
  { ci: 1 },
  async ({ seed, random, size }) => {
    const kafka = await ownKafka();
    const feed = await startFeed({ seed, accounts: 300, servers: { brokers: kafka.brokers } });
    await feed.atWork();
    await feed.churn(changesPerSecond);
    const { journalled, published } = feed.tidemark;
    // A night is too short for ten minutes in every round.
    const awayMs = size === "release" && seed % 10 === 0 ? 600_000 : 20_000;

    for (const pauseMs of [0, awayMs]) {
      const before = await published();
      await eventually("events are published", async () => (await published()) > before + 200, 120_000);
      await pause(random.below(1_000));
      await kafka.kill9();
      // Each upstream changes so often, and a poll finds some of the changes of one account together.
      const grown = (await journalled()) + (changesPerSecond * pauseMs) / 1_000;
      await pause(pauseMs);
      await eventually("the journal goes on growing", async () => (await journalled()) >= grown);
      await kafka.start();
    }
    const { events } = await feed.prove();
    return { struck: 2, events };
  },
);
