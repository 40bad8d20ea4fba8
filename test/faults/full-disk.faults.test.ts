import { openSync, closeSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { eventually } from "../support/eventually.ts";
import { startFeed } from "./feed.ts";
import { ownDisk, ownKafka, ownPostgres } from "./own-servers.ts";
import { scenario } from "./rounds.ts";

scenario("the disk of Postgres is full", { ci: 1 }, async ({ seed, random, skip }) => {
  const disk = await ownDisk(320);
  if ("whyNot" in disk) return skip(disk.whyNot);
  const postgres = await ownPostgres(disk.folder);
  const feed = await startFeed({ seed, accounts: 300, servers: { postgresUrl: postgres.url } });
  await feed.atWork();
  await feed.churn(40);
  await pause(random.below(2_000));

  const ballast = fillDisk(disk.folder);
  const complaints = () =>
    feed.workers.some((worker) => worker.log().includes("TIDEMARK_DATABASE_UNAVAILABLE"));
  await eventually("a worker cannot write", complaints);
  await pause(random.below(4_000)); // up to longer than a lease
  ballast.remove();
  await postgres.start(); // one that could not write its log has crashed
  await feed.journalGrows(50);
  const { events } = await feed.prove();
  return { struck: 1, events };
});

scenario("the disk of Kafka is full", { ci: 0.25 }, async ({ seed, random, skip }) => {
  const disk = await ownDisk(320);
  if ("whyNot" in disk) return skip(disk.whyNot);
  const kafka = await ownKafka(disk.folder);
  const feed = await startFeed({ seed, accounts: 300, servers: { brokers: kafka.brokers } });
  await feed.atWork();
  await eventually("events are published", async () => (await feed.tidemark.published()) > 300, 120_000);
  await feed.churn(40);
  await pause(random.below(2_000));

  const ballast = fillDisk(disk.folder);
  const complaints = () => feed.workers.some((worker) => worker.log().includes('"publish.failed"'));
  await eventually("a worker cannot publish", complaints);
  await feed.journalGrows(100);
  ballast.remove();
  await kafka.start(); // it ends when it cannot write
  const { events } = await feed.prove();
  return { struck: 1, events };
});

/** Takes all that is left of the disk. */
function fillDisk(folder: string): { remove(): void } {
  const file = join(folder, "ballast");
  const descriptor = openSync(file, "w");
  try {
    for (let bytes = 1024 * 1024; bytes >= 512;) {
      try {
        writeSync(descriptor, Buffer.alloc(bytes));
      } catch {
        bytes /= 2; // less may still fit
      }
    }
  } finally {
    closeSync(descriptor);
  }
  return { remove: () => rmSync(file) };
}
