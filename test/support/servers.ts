import { join } from "node:path";
import type { TestProject } from "vitest/node";
import "../../src/kafka/request-queue-patch.ts";
import { dockerAnswers } from "../../src/sandbox/servers/docker.ts";
import { FolderLockedError, lockFolder, type FolderLock } from "../../src/sandbox/servers/folder-lock.ts";
import { findJava } from "../../src/sandbox/servers/java.ts";
import { kafkaJars } from "../../src/sandbox/servers/kafka-jars.ts";
import { kafkaJava } from "../../src/sandbox/servers/kafka-java.ts";
import { SandboxError } from "../../src/sandbox/servers/sandbox-error.ts";
import { startServers } from "../../src/sandbox/servers/start-servers.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** A database server where tests may create databases: see `createDatabase`. */
    postgresUrl: string;
    /** `host:port` of each broker. */
    brokers: string[];
    /** The folder with Kafka's jars, for its Java tools; empty where there is Docker and no Java. */
    jars: string;
    /** The words that start Kafka's console consumer. */
    consoleConsumer: string[];
  }
}

const sandbox = join(import.meta.dirname, "../../.sandbox");
const jarsFolder = join(sandbox, "jars");
const say = (line: string) => console.log(line);

/** Runs before the tests of project `servers`: real servers, which the tests find with `inject`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const lock = lockTestFolder();
  const servers = await startServers({ lock, jarsFolder, say });
  project.provide("postgresUrl", servers.postgresUrl);
  project.provide("brokers", servers.brokers);
  const tools = await kafkaTools();
  project.provide("jars", tools.jars);
  project.provide("consoleConsumer", tools.consoleConsumer);
  return async () => {
    await servers.stop();
    lock.release();
  };
}

/** Kafka's tools on the local Java, else those in the container. */
async function kafkaTools(): Promise<{ jars: string; consoleConsumer: string[] }> {
  try {
    const java = await findJava();
    const jars = await kafkaJars(jarsFolder, say);
    return {
      jars,
      consoleConsumer: [...kafkaJava(java, jars), "org.apache.kafka.tools.consumer.ConsoleConsumer"],
    };
  } catch (error) {
    if (!(error instanceof SandboxError) || !(await dockerAnswers())) throw error;
    const inContainer = ["docker", "compose", "exec", "-T", "kafka"];
    return { jars: "", consoleConsumer: [...inContainer, "/opt/kafka/bin/kafka-console-consumer.sh"] };
  }
}

/** Test runs side by side get servers of their own. */
function lockTestFolder(number = 1): FolderLock {
  try {
    return lockFolder(join(sandbox, number === 1 ? "test" : `test-${number}`));
  } catch (error) {
    if (error instanceof FolderLockedError) return lockTestFolder(number + 1);
    throw error;
  }
}
