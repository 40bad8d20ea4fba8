import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dump } from "js-yaml";
import kafkajs, { CompressionTypes } from "kafkajs";
import { expect, inject, onTestFinished, test } from "vitest";
import { foldAccounts, type ParsedRecord, parseEvent } from "../../src/consumer/index.ts";
import { zstdCodec } from "../../src/core/zstd-codec.ts";
import { kafkaClient } from "../../src/kafka/kafka-client.ts";
import { readTail } from "../../src/kafka/tail-reader.ts";
import { withAdmin } from "../../src/kafka/with-admin.ts";
import { wireMigrate, wireStore } from "../../src/wire.ts";
import { createDatabase } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { silentLog } from "../support/memory-log.ts";
import { startWorkerProcess } from "../support/worker-processes.ts";

const megabyte = 1_000_000;
const sizes = { tiny: 1_000, small: 100_000, medium: 900_000, large: 3 * megabyte, huge: 20 * megabyte };

interface Account {
  id: string;
  text: string;
  changedAt: string;
  gone: boolean;
}

/** An upstream whose accounts are as large as the test wants. */
async function largeUpstream() {
  const accounts = new Map<string, Account>();
  const server = createServer((request, response) => {
    const since = new URL(request.url ?? "/", "http://upstream").searchParams.get("since") ?? "";
    const changed = [...accounts.values()].filter(({ changedAt }) => changedAt >= since);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ accounts: changed }));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    accounts,
    config: {
      connector: "rest",
      every: "1s",
      settings: {
        baseUrl: `http://127.0.0.1:${port}`,
        request: { path: "/accounts", query: { since: "{{ since }}" } },
        items: "accounts",
        incremental: { path: "changedAt", overlap: "1s" },
        deleted: { path: "gone" },
      },
    },
    /** Gives every account other text, of its size, that hardly any codec makes smaller. */
    changeAll(): void {
      const changedAt = new Date().toISOString();
      for (const [id, size] of Object.entries(sizes)) {
        const text = randomBytes(size / 2).toString("hex");
        accounts.set(id, { id, text, changedAt, gone: false });
      }
    },
    deleteAll(): void {
      const changedAt = new Date().toISOString();
      for (const id of Object.keys(sizes)) accounts.set(id, { id, text: "", changedAt, gone: true });
    },
  };
}

async function install() {
  const upstream = await largeUpstream();
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const postgres = { url: database.url, schema: "tidemark" };
  await wireMigrate({ postgres }, () => undefined);
  const store = wireStore({ postgres });
  onTestFinished(() => store.close());
  const folder = mkdtempSync(join(tmpdir(), "large-accounts-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const prefix = `large-${randomUUID()}`;
  const topic = `${prefix}.rest.accounts`;
  const kafka = { brokers: inject("brokers"), partitions: 2, allowWeakDurability: true, compression: "zstd" };
  const configFile = join(folder, "tidemark.yaml");
  writeFileSync(configFile, dump({ prefix, shards: 1, postgres, kafka, sources: { acme: upstream.config } }));
  const main = join(import.meta.dirname, "../support/worker-main.ts");
  const startWorker = () => {
    const worker = startWorkerProcess(["--max-old-space-size=1024", main], configFile, join(folder, "log"));
    onTestFinished(() => worker.kill());
    return worker;
  };
  const client = kafkaClient({ brokers: inject("brokers") }, silentLog);
  return {
    upstream,
    startWorker,
    limit: (bytes: number) =>
      withAdmin(client, (admin) => {
        const configEntries = [{ name: "max.message.bytes", value: String(bytes) }];
        return admin.alterConfigs({
          validateOnly: false,
          resources: [{ type: 2, name: topic, configEntries }],
        });
      }),
    /** Resolves when so many events are in Kafka. */
    published: (count: number) =>
      eventually(`${count} events are published`, async () => {
        const [shard] = (await store.overview()).shards;
        return Number(shard?.publishedSeq) === count && Number(shard?.lastSeq) === count;
      }),
    async read(): Promise<ParsedRecord[]> {
      const records: ParsedRecord[] = [];
      const onRecord = (record: Parameters<typeof parseEvent>[0]) => void records.push(parseEvent(record));
      await readTail(client, { topics: [topic], from: "beginning", until: "end", onRecord });
      return records;
    },
  };
}

/** `id vN`, of a pointer with its megabytes, by id. */
function told(records: readonly ParsedRecord[], op: string): string[] {
  return records
    .flatMap((record) => (record.kind === "event" && record.event.op === op ? [record.event] : []))
    .map(({ accountId, version, oversize }) => {
      const size = oversize === undefined ? "" : ` ${(oversize.bytes / megabyte).toFixed(1)} MB`;
      return `${accountId} v${version}${size}`;
    })
    .toSorted();
}

test("accounts of any size are published exactly once and in order, whole where their topic takes them, else as pointers", async () => {
  const { upstream, startWorker, limit, published, read } = await install();
  upstream.changeAll();
  const worker = startWorker();
  await published(5);
  upstream.changeAll();
  await published(10);
  await limit(60 * megabyte);
  upstream.changeAll();
  await published(15);
  // The broker refuses what the worker still believes it takes.
  await limit(300_000);
  upstream.changeAll();
  await published(20);
  expect(await worker.stop()).toBe(0);
  const successor = startWorker();
  upstream.deleteAll();
  await published(25);
  expect(await successor.stop()).toBe(0);

  let compressedBatches = 0;
  kafkajs.CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    decompress(bytes: Buffer) {
      compressedBatches += 1;
      return zstdCodec.decompress(bytes);
    },
  });
  const records = await read();
  expect(compressedBatches).toBeGreaterThan(0);
  expect(told(records, "inserted")).toEqual([
    "huge v1 20.0 MB",
    "large v1 3.0 MB",
    "medium v1",
    "small v1",
    "tiny v1",
  ]);
  const updates = told(records, "updated");
  expect(updates.filter((line) => line.includes(" v2"))).toEqual([
    "huge v2 40.0 MB",
    "large v2 6.0 MB",
    "medium v2",
    "small v2",
    "tiny v2",
  ]);
  expect(updates.filter((line) => line.includes(" v3"))).toEqual([
    "huge v3",
    "large v3",
    "medium v3",
    "small v3",
    "tiny v3",
  ]);
  expect(updates.filter((line) => line.includes(" v4"))).toEqual([
    "huge v4 40.0 MB",
    "large v4 6.0 MB",
    "medium v4 1.8 MB",
    "small v4",
    "tiny v4",
  ]);
  expect(told(records, "deleted")).toEqual([
    "huge v5 20.0 MB",
    "large v5 3.0 MB",
    "medium v5 0.9 MB",
    "small v5",
    "tiny v5",
  ]);
  expect(records.map(({ seq }) => Number(seq)).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 25 }, (_, index) => index + 1),
  );
  const fold = foldAccounts();
  expect(records.flatMap((record) => fold.add(record))).toEqual([]);
  expect(fold.population().size).toBe(0);
  expect(worker.log()).toContain("TIDEMARK_EVENT_TOO_LARGE");
  console.log(
    `large accounts: the workers took up to ${Math.max(worker.peakMb() ?? 0, successor.peakMb() ?? 0)} MB`,
  );
});
