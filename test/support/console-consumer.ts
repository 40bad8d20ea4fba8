import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { inject } from "vitest";
import { waitUntil } from "../../src/sandbox/servers/wait-until.ts";

const nullLiteral = `null-${randomUUID()}`; // no data holds it

/** A record as a read-committed Java consumer sees it. */
export interface CommittedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  /** Names hold no colon. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What has arrived so far, and more to come. */
export interface CommittedFeed {
  /** In order per partition; grows until `stop`. */
  readonly records: readonly CommittedRecord[];
  /** Resolves as soon as `count` records have arrived. @throws when the consumer ends before that. */
  arrived(count: number): Promise<readonly CommittedRecord[]>;
  stop(): Promise<void>;
}

interface Reading {
  readonly topics: readonly string[];
  /** The servers of the test run when absent. */
  readonly brokers?: readonly string[];
}

/**
 * Reads topics from their beginning with Kafka's own console consumer, until as many records as expected have come, or two minutes long (joining a group
 * may take many seconds), and then until no more have come for 2 s.
 *
 * It shares no code with Tidemark: what it returns is what any consumer gets. In order per partition.
 */
export async function readCommitted(reading: Reading, expected: number): Promise<readonly CommittedRecord[]> {
  const { records, stop } = followCommitted(reading);
  await waitUntil(() => records.length >= expected, 120_000);
  for (let before = -1; before < records.length;) {
    before = records.length;
    await pause(2_000);
  }
  await stop();
  return records;
}

/** Reads topics from their beginning with Kafka's own console consumer, and goes on until it is stopped. */
export function followCommitted(reading: Reading): CommittedFeed {
  const records: CommittedRecord[] = [];
  const waiting = new Set<() => void>();
  const consumers = consume(reading, (record) => {
    records.push(record);
    for (const wake of waiting) wake();
  });
  const ended = Promise.all(consumers.map((consumer) => consumer.ended));
  ended.catch(() => undefined); // whoever waits for records is told

  async function arrived(count: number): Promise<readonly CommittedRecord[]> {
    const enough = Promise.withResolvers<void>();
    const wake = () => {
      if (records.length >= count) enough.resolve();
    };
    waiting.add(wake);
    wake();
    await Promise.race([enough.promise, ended]);
    waiting.delete(wake);
    if (records.length < count)
      throw new Error(`the consumer ended after ${records.length} of ${count} records`);
    return records;
  }

  async function stop(): Promise<void> {
    for (const consumer of consumers) consumer.kill();
    await ended;
  }

  return { records, arrived, stop };
}

interface Consumer {
  /** @throws with the end of what it logged, when it fails. */
  readonly ended: Promise<void>;
  kill(): void;
}

/** The console consumer does not print the topic: hence one per topic. */
function consume(
  { topics, brokers = inject("brokers") }: Reading,
  onRecord: (record: CommittedRecord) => void,
): Consumer[] {
  return topics.map((topic) => {
    const [program = "", ...words] = inject("consoleConsumer");
    const child = spawn(program, [...words, ...settings(brokers, topic)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let log = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (log = (log + text).slice(-4_000)));
    createInterface({ input: child.stdout }).on("line", (line) => onRecord(parse(topic, line)));
    let isKilled = false;
    const ended = (async () => {
      const [code] = (await once(child, "close")) as [number | null];
      if (code !== 0 && !isKilled)
        throw new Error(`the console consumer of ${topic} failed (${code}):\n${log}`);
    })();
    const kill = () => {
      isKilled = true;
      child.kill();
    };
    return { ended, kill };
  });
}

/** Everything is printed by Kafka's `Bytes`, as ASCII with `\xHH` for all else, so that the separators cannot occur in data. */
function settings(brokers: readonly string[], topic: string): string[] {
  const bytes = "org.apache.kafka.common.serialization.BytesDeserializer";
  const format = {
    "print.partition": true,
    "print.offset": true,
    "print.headers": true,
    "print.key": true,
    "key.separator": "\t",
    "headers.separator": "\u001f",
    "null.literal": nullLiteral,
    "key.deserializer": bytes,
    "value.deserializer": bytes,
    "headers.deserializer": bytes,
  };
  const reading = {
    "--bootstrap-server": brokers.join(","),
    "--topic": topic,
    "--isolation-level": "read_committed",
    "--group": `console-${randomUUID()}`, // one that existed would start where it had stopped
    "--command-property": "enable.auto.commit=false",
  };
  return [
    "--from-beginning",
    ...Object.entries(reading).flat(),
    ...Object.entries(format).flatMap(([name, value]) => ["--formatter-property", `${name}=${value}`]),
  ];
}

function parse(topic: string, line: string): CommittedRecord {
  const [partition = "", offset = "", headers = "", key = "", value = ""] = line.split("\t");
  return {
    topic,
    partition: Number(partition.replace("Partition:", "")),
    offset: Number(offset.replace("Offset:", "")),
    key: decode(key),
    value: decode(value),
    headers: parseHeaders(headers),
  };
}

function parseHeaders(text: string): Record<string, string> {
  if (text === "NO_HEADERS") return {};
  const pairs = text.split("\u001f").map((header) => {
    const colon = header.indexOf(":");
    return [header.slice(0, colon), decode(header.slice(colon + 1)) ?? ""] as const;
  });
  return Object.fromEntries(pairs);
}

function decode(printed: string): string | null {
  if (printed === nullLiteral) return null;
  const hex = printed.replaceAll(
    /\\x(..)|[^]/g,
    (char, code?: string) => code ?? char.charCodeAt(0).toString(16),
  );
  return Buffer.from(hex, "hex").toString("utf8");
}
