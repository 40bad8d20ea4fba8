import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, inject, test, vi } from "vitest";
import { discardServers } from "../../../src/sandbox/servers/discard-servers.ts";
import { dockerAnswers } from "../../../src/sandbox/servers/docker.ts";
import { lockFolder } from "../../../src/sandbox/servers/folder-lock.ts";
import { startPostgres } from "../../../src/sandbox/servers/native-postgres.ts";
import { serverPid } from "../../../src/sandbox/servers/server-process.ts";
import { startServers } from "../../../src/sandbox/servers/start-servers.ts";

afterEach(() => vi.unstubAllEnvs());

const hasDocker = await dockerAnswers();
const newLock = () => lockFolder(mkdtempSync(join(tmpdir(), "servers-")));
const jarsFolder = join(inject("jars"), "..");
const say = () => undefined;

test("servers that the environment names are used and left alone", async () => {
  vi.stubEnv("TIDEMARK_POSTGRES_URL", "postgresql://somebody@db.example/feed");
  vi.stubEnv("TIDEMARK_KAFKA_BROKERS", "one.example:9092,two.example:9092");
  const lock = newLock();
  const servers = await startServers({ lock, jarsFolder, say });
  expect(servers.postgresUrl).toBe("postgresql://somebody@db.example/feed");
  expect(servers.brokers).toEqual(["one.example:9092", "two.example:9092"]);
  await servers.stop();
  expect(existsSync(join(lock.folder, "postgres"))).toBe(false);
});

test.skipIf(hasDocker)("when Kafka cannot start, Postgres is stopped again", async () => {
  vi.stubEnv("TIDEMARK_POSTGRES_URL", undefined);
  vi.stubEnv("TIDEMARK_KAFKA_BROKERS", undefined);
  vi.stubEnv("JAVA_HOME", "/nowhere");
  const lock = newLock();
  await expect(startServers({ lock, jarsFolder, say })).rejects.toThrow("Kafka needs Java 17 or newer");
  expect(existsSync(join(lock.folder, "postgres/data"))).toBe(true);
  expect(serverPid(join(lock.folder, "postgres"))).toBeUndefined();
});

// With Docker this would remove the containers that other tests are using.
test.skipIf(hasDocker)(
  "discarding ends what an earlier start left running, and deletes its data",
  async () => {
    const lock = newLock();
    const postgres = await startPostgres({ folder: lock.folder, say });
    expect(postgres.pid()).toBeDefined();
    await discardServers(lock);
    expect(postgres.pid()).toBeUndefined();
    expect(existsSync(join(lock.folder, "postgres"))).toBe(false);
  },
);
