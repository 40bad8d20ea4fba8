import type { Upstream, World } from "./world.ts";

const changesPerSecond = 20;

/** What a consumer gets. */
export interface Message {
  value: Buffer | null;
  timestamp: string;
}

/**
 * How long changes took, in milliseconds, that came to a read-committed consumer while something went on: 20 of them are made per second.
 *
 * @param observedAtMs When a process had the upstream's answer with this change in its hands, in milliseconds since 1970.
 * @param during What goes on, from when the consumer has joined on; it is told what has arrived so far.
 */
export async function arrivals(
  { kafka }: World,
  { control }: Upstream,
  topic: string,
  observedAtMs: (message: Message) => number,
  during: (latenciesMs: readonly number[]) => Promise<void>,
): Promise<number[]> {
  const consumer = kafka.consumer({ groupId: `${topic}.latency`, maxWaitTimeInMs: 50 });
  const latenciesMs: number[] = [];
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: false });
  const joined = new Promise<void>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, () => resolve());
  });
  await consumer.run({
    eachMessage: async ({ message }) => {
      latenciesMs.push(Date.now() - observedAtMs(message));
    },
  });
  await joined;
  await control.churn(changesPerSecond);
  await during(latenciesMs);
  await control.churn(0);
  await consumer.disconnect();
  return latenciesMs;
}

/** Of Tidemark's events. */
export function observedAtMs({ value }: Message): number {
  return Date.parse((JSON.parse(String(value)) as { observedAt: string }).observedAt);
}
