import { setTimeout as delay } from "node:timers/promises";
import type { KafkaRecord } from "../consumer/parse-event.ts";
import { RetryableError } from "../core/errors.ts";
import type { Store } from "../ports/store.ts";
import type { wireTail } from "../wire.ts";

/** What is followed, and who is told. */
export interface FollowOptions {
  store: Store;
  read: ReturnType<typeof wireTail>;
  /** How many output topics there will be. */
  topicCount: number;
  onRecord(record: KafkaRecord): void;
  say(line: string): void;
}

/** A reader that goes on until it is closed. */
export interface TopicFollower {
  close(): Promise<void>;
}

const lookEveryMs = 250;

/**
 * Reads the output topics without missing an event: those that exist from now on, later ones from their beginning.
 * Resolves as soon as it is settled where reading begins.
 */
export async function followTopics(options: FollowOptions): Promise<TopicFollower> {
  const { store, read, onRecord, say } = options;
  const closing = new AbortController();
  const { signal } = closing;
  const pause = () => delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
  const known = await outputTopics(store);

  const follow = async (topics: string[], begin: "now" | "beginning", onBegin = () => {}) => {
    let from: Parameters<typeof read>[0]["from"] = begin;
    const onStart = (nextOf: typeof from) => {
      from = nextOf;
      onBegin();
    };
    while (!signal.aborted) {
      try {
        await read({ topics, from, until: "stop", signal, onRecord, onStart });
      } catch (error) {
        // A cluster that has just been started may not have a coordinator for the reader's group yet.
        if (error instanceof RetryableError) await pause();
        else return say(`events are not shown any more: ${String(error)}`);
      }
    }
  };
  const followNew = async () => {
    const followed = new Set(known);
    const following: Promise<void>[] = [];
    while (!signal.aborted && followed.size < options.topicCount) {
      const topics = (await outputTopics(store)).filter((topic) => !followed.has(topic));
      if (topics.length > 0) following.push(follow(topics, "beginning"));
      for (const topic of topics) followed.add(topic);
      await pause();
    }
    await Promise.all(following);
  };

  const settled = Promise.withResolvers<void>();
  const followingKnown = known.length === 0 ? Promise.resolve() : follow(known, "now", settled.resolve);
  await Promise.race([settled.promise, followingKnown]);
  const followingNew = followNew().catch((error: unknown) =>
    say(`new topics are not looked for: ${String(error)}`),
  );
  return {
    async close() {
      closing.abort();
      await Promise.all([followingKnown, followingNew]);
    },
  };
}

/** Every topic that events of this installation went to. */
export async function outputTopics(store: Store): Promise<string[]> {
  const pinned = await store.pinnedTopics();
  return pinned.map(({ name }) => name).filter((name) => name.endsWith(".accounts"));
}
