import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, inject, onTestFinished, test } from "vitest";
import { findJava } from "../../src/sandbox/servers/java.ts";
import { kafkaJava } from "../../src/sandbox/servers/kafka-java.ts";
import { composeServices, environmentOf } from "./compose-file.ts";

const run = promisify(execFile);
const kafka = environmentOf(composeServices.kafka);

/** Writes server.properties from the environment and formats the storage, as the official image does when it starts. */
async function setUp(folder: string): Promise<string> {
  const folders = {
    default: join(folder, "default"),
    mounted: join(folder, "mounted"),
    final: join(folder, "final"),
  };
  for (const path of Object.values(folders)) await mkdir(path, { recursive: true });
  const [java = "", ...words] = kafkaJava(await findJava(), inject("jars"));
  const options = Object.entries(folders).flatMap(([name, path]) => [`--${name}-configs-dir`, path]);
  const { stdout } = await run(java, [...words, "kafka.docker.KafkaDockerWrapper", "setup", ...options], {
    env: { ...kafka, KAFKA_LOG_DIRS: join(folder, "data") },
  });
  return stdout;
}

// With Docker and no Java there are no jars, and the container itself shows whether its settings are good.
test.skipIf(inject("jars") === "")("the official image starts with the broker's settings", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kafka-settings-"));
  onTestFinished(() => rm(folder, { recursive: true }));

  expect(await setUp(folder)).toContain("Formatting");

  const formatted = await readFile(join(folder, "data", "meta.properties"), "utf8");
  expect(formatted).toContain(`cluster.id=${kafka["CLUSTER_ID"]}`);
});
