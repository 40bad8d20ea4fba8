import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, readFile, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Kafka, logLevel } from "kafkajs";
import { createFolderOnce } from "./create-folder-once.ts";
import { detachedServer, type DetachedServer } from "./detached-server.ts";
import { findJava } from "./java.ts";
import { kafkaJava } from "./kafka-java.ts";
import { keptPorts } from "./kept-ports.ts";

const run = promisify(execFile);

/** A real Apache Kafka: one KRaft node that is broker and controller. */
export interface NativeKafka extends DetachedServer {
  /** `127.0.0.1:port`, plaintext; the same after a restart. */
  readonly brokers: string[];
}

/**
 * Starts, or adopts, the Kafka that lives in `<folder>/kafka`; the first start formats its storage.
 *
 * @param options.jars  The folder that `kafkaJars` returned.
 * @throws SandboxError  Java is missing, or Kafka died; the message says why.
 */
export async function startKafka(options: {
  folder: string;
  jars: string;
  say: (line: string) => void;
}): Promise<NativeKafka> {
  await mkdir(join(options.folder, "kafka"), { recursive: true, mode: 0o700 });
  const folder = await realpath(join(options.folder, "kafka"));
  const data = join(folder, "data");
  const propertiesFile = join(folder, "server.properties");
  const java = kafkaJava(await findJava(), options.jars);
  const ports = await keptPorts(folder, ["broker", "controller"]);
  await createFolderOnce(data, async (partial) => {
    options.say("Kafka: formatting its storage");
    await writeFile(propertiesFile, properties(partial, ports));
    await format(java, propertiesFile);
  });
  await writeFile(propertiesFile, properties(data, ports));

  const brokers = [`127.0.0.1:${ports.broker}`];
  const clusterId = await formattedClusterId(data);
  const server = detachedServer(
    {
      name: "Kafka",
      folder,
      command: [...java, "-Xms256m", "-Xmx768m", "kafka.Kafka", propertiesFile],
      stopSignal: "SIGTERM",
      answers: () => servesCluster(clusterId, brokers),
    },
    options.say,
  );
  await server.start();
  return { ...server, brokers };
}

function properties(data: string, { broker, controller }: { broker: number; controller: number }): string {
  const values = {
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.quorum.voters": `1@127.0.0.1:${controller}`,
    listeners: `CLIENT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}`,
    "advertised.listeners": `CLIENT://127.0.0.1:${broker}`,
    "listener.security.protocol.map": "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "CLIENT",
    "controller.listener.names": "CONTROLLER",
    "log.dirs": data,
    "auto.create.topics.enable": false,
    "group.initial.rebalance.delay.ms": 0,
    "default.replication.factor": 1,
    "offsets.topic.replication.factor": 1,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    // A killed broker is refused until its session ends; the default is 9,000.
    "broker.session.timeout.ms": 5_000,
    // Kafka's 50 take seconds to create and to load.
    "offsets.topic.num.partitions": 5,
    "transaction.state.log.num.partitions": 5,
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

async function format([file = "", ...args]: readonly string[], propertiesFile: string): Promise<void> {
  const clusterId = randomBytes(16).toString("base64url");
  await run(file, [
    ...args,
    "kafka.tools.StorageTool",
    "format",
    `--cluster-id=${clusterId}`,
    `--config=${propertiesFile}`,
  ]);
}

async function formattedClusterId(data: string): Promise<string> {
  const meta = await readFile(join(data, "meta.properties"), "utf8");
  return /^cluster\.id=(.*)$/m.exec(meta)?.[1] ?? "";
}

async function servesCluster(clusterId: string, brokers: string[]): Promise<boolean> {
  const admin = new Kafka({
    brokers,
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    requestTimeout: 5_000,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    return cluster.clusterId === clusterId && cluster.brokers.length > 0;
  } catch {
    return false;
  } finally {
    await admin.disconnect();
  }
}
