import { dockerAnswers, kafkaInDocker, postgresInDocker } from "./docker.ts";
import type { FolderLock } from "./folder-lock.ts";
import { isCheckout } from "./is-checkout.ts";
import { findJava } from "./java.ts";
import { kafkaJars } from "./kafka-jars.ts";
import { startKafka } from "./native-kafka.ts";
import { startPostgres } from "./native-postgres.ts";
import { SandboxError } from "./sandbox-error.ts";
import type { Started } from "./started.ts";

/** A Postgres and a Kafka that answer. */
export interface RunningServers {
  readonly postgresUrl: string;
  /** `host:port` of each broker. */
  readonly brokers: string[];
  /** Stops what was started or adopted, Kafka first; what the environment named is left alone. Can be repeated. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** The lock of the folder that keeps the native servers' data, ports and logs. */
  readonly lock: FolderLock;
  /** Where Kafka's jars are kept; can be shared by many folders. */
  readonly jarsFolder: string;
  /** Gets a line at every step that can take longer than a second. */
  readonly say: (line: string) => void;
}

/**
 * Finds or starts a real Postgres and a real Kafka, side by side.
 *
 * Each is the one that the environment names (`TIDEMARK_POSTGRES_URL`, `TIDEMARK_KAFKA_BROKERS`), else a container where
 * Docker and its compose plugin answer, else a process of its own that keeps its data between starts.
 *
 * @throws SandboxError  something is missing or failed; what had started is stopped again.
 */
export async function startServers(options: StartOptions): Promise<RunningServers> {
  const url = process.env["TIDEMARK_POSTGRES_URL"];
  const brokers = process.env["TIDEMARK_KAFKA_BROKERS"];
  const areNamed = Boolean(url && brokers);
  if (!areNamed && !isCheckout) {
    throw new SandboxError(
      "Only a checkout of Tidemark brings servers along: run `npm ci && npm start` in one, or name running ones in " +
        "TIDEMARK_POSTGRES_URL and TIDEMARK_KAFKA_BROKERS.",
    );
  }
  const hasDocker = !areNamed && (await dockerAnswers());
  const [postgresHere, kafkaHere] = hasDocker
    ? [postgresInDocker, kafkaInDocker]
    : [nativePostgres, nativeKafka];
  const startingPostgres = url ? fromEnvironment(url) : postgresHere(options);
  const startingKafka = brokers ? fromEnvironment(brokers.split(",")) : kafkaHere(options);
  async function stop(): Promise<void> {
    for (const starting of [startingKafka, startingPostgres]) {
      const server = await starting.catch(() => undefined);
      await server?.stop();
    }
  }
  try {
    const [postgres, kafka] = await Promise.all([startingPostgres, startingKafka]);
    options.say(`Postgres at ${new URL(postgres.address).host}, Kafka at ${kafka.address.join(",")}`);
    return { postgresUrl: postgres.address, brokers: kafka.address, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function fromEnvironment<Address>(address: Address): Promise<Started<Address>> {
  return { address, stop: () => Promise.resolve() };
}

async function nativePostgres({ lock: { folder }, say }: StartOptions): Promise<Started<string>> {
  const postgres = await startPostgres({ folder, say });
  return { address: postgres.url, stop: () => postgres.stop() };
}

async function nativeKafka({ lock: { folder }, jarsFolder, say }: StartOptions): Promise<Started<string[]>> {
  await findJava(); // before a download that would be for nothing
  const jars = await kafkaJars(jarsFolder, say);
  const kafka = await startKafka({ folder, jars, say });
  return { address: kafka.brokers, stop: () => kafka.stop() };
}
