import { inject } from "vitest";
import { cursorMark } from "../../src/core/cursor-mark.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { kafkaClient } from "../../src/kafka/kafka-client.ts";
import type { ActAnswer, Intent, IntentVerb } from "../../src/ports/store.ts";
import { eventually } from "../support/eventually.ts";
import { silentLog } from "../support/memory-log.ts";
import { type Feed, startFeed } from "./feed.ts";
import { killInside, startReplay } from "./kill-inside.ts";
import { scenario } from "./rounds.ts";

const forEver = 1_000_000;
const actor = "test";

scenario("workers are killed in the middle of snapshots", { ci: 1 }, async ({ seed, random }) => {
  const feed = await startFeed({ seed, accounts: 2_000 });
  await feed.atWork();
  await feed.churn(10);
  const struck = await killInside(feed, random, ({ source }) =>
    startReplay(feed, { kind: "snapshot", source, actor, pace: random.pick([null, 400]) }),
  );
  const { events } = await feed.prove();
  return { struck, events };
});

scenario(
  "workers are killed in the middle of replays of the journal",
  { ci: 1 },
  async ({ seed, random }) => {
    const feed = await startFeed({ seed, accounts: 2_000 });
    const topic = await newTopic(`${feed.tidemark.prefix}.copies`);
    await feed.atWork();
    await feed.churn(10);
    const all = { from: { since: new Date(0).toISOString() }, until: null, accountId: null, ops: null };
    let begun = 0;
    const struck = await killInside(feed, random, ({ source }) => {
      begun += 1;
      const into = { topic: begun % 2 === 0 ? null : topic, pace: random.pick([null, 800]) };
      return startReplay(feed, { kind: "journal", source, actor, ...all, ...into });
    });
    const { events } = await feed.prove();
    return { struck, events };
  },
);

scenario("workers are killed in the middle of backfills", { ci: 1 }, async ({ seed, random }) => {
  const feed = await startFeed({ seed, accounts: 1_000, pace: { sweepEvery: "1h" } });
  await feed.atWork();
  await slowDown(feed);
  const stopGrowing = feed.keepGrowing();
  const since = new Date(0).toISOString();
  const struck = await killInside(feed, random, async ({ source, control }) => {
    // What the polls have passed by already: nothing else than the backfill finds it.
    const at = new Date(Date.now() - 60 * 60_000).toISOString();
    await control.mutate({ insert: 5, at });
    return startReplay(feed, { kind: "backfill", source, since, until: null, actor, pace: null });
  });
  await stopGrowing();
  const { events } = await feed.prove("polls");
  return { struck, events };
});

scenario(
  "workers are killed in the middle of rewinds that publish again",
  { ci: 1 },
  async ({ seed, random }) => {
    const feed = await startFeed({ seed, accounts: 100, pace: { sweepEvery: "1h" } });
    await feed.atWork();
    for (const { control } of feed.upstreams) await control.mutate({ insert: 1_000 });
    await feed.journalGrows(1_500);
    await slowDown(feed);
    const stopGrowing = feed.keepGrowing();
    const struck = await killInside(feed, random, ({ source }) => rewind(feed, source));
    await stopGrowing();
    const { events } = await feed.prove("polls");
    return { struck, events };
  },
);

/** Reading takes long enough to be killed in. */
async function slowDown({ upstreams }: Feed): Promise<void> {
  for (const { control } of upstreams) await control.inject({ kind: "slow", ms: 150, times: forEver });
}

/** Back to where the first poll has ended, publishing again what changed since then. @returns the replay. */
async function rewind(feed: Feed, source: string): Promise<string> {
  const { store } = feed.tidemark;
  const checkpoint = (await store.firstCheckpoint(source))?.id ?? "none";
  // While changes come in, the cursor would have moved on before the owner hears of it.
  await ask(feed, source, "pause");
  const seen = cursorMark((await store.liveCursor(source))?.cursor ?? null);
  const { outcome, answer } = await ask(feed, source, "rewind", { seen, checkpoint, republish: true });
  await ask(feed, source, "resume");
  const { replay } = answer as ActAnswer;
  if (replay === null) throw new Error(`the rewind of ${source} ended as ${outcome}`);
  return replay;
}

/** Asks the owner for something. @returns it, when it is done. */
async function ask(
  { tidemark: { store } }: Feed,
  source: string,
  verb: IntentVerb,
  given?: JsonObject,
): Promise<Intent> {
  const id = await store.askIntent({ source, verb, actor, ...(given && { arguments: given }) });
  return eventually(`${verb} is done`, async () => {
    const intent = id === null ? null : await store.intent(id);
    return intent !== null && intent.doneAt !== null && intent;
  });
}

/** A replay's topic is never created for it. */
async function newTopic(topic: string): Promise<string> {
  const admin = kafkaClient({ brokers: inject("brokers") }, silentLog).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 3 }], waitForLeaders: false });
  await admin.disconnect();
  return topic;
}
