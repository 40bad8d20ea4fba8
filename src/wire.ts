import { topicBook } from "./app/topic-book.ts";
import type { WorkerPorts } from "./app/worker-ports.ts";
import type { Config } from "./config-schema.ts";
import { httpClient } from "./connectors/http-client.ts";
import { connectors } from "./connectors/registry.ts";
import { sourceGroups } from "./connectors/source-groups.ts";
import { storedGrants } from "./connectors/stored-grants.ts";
import { tokenSeal } from "./connectors/token-seal.ts";
import { SourceHaltedError } from "./core/errors.ts";
import { examineCluster } from "./kafka/examine-cluster.ts";
import { kafkaBrokers } from "./kafka/kafka-brokers.ts";
import { type KafkaSettings, kafkaClient } from "./kafka/kafka-client.ts";
import { kafkaPublishers } from "./kafka/kafka-publishers.ts";
import { type TailRequest, readTail } from "./kafka/tail-reader.ts";
import type { Connector } from "./ports/connector.ts";
import type { ExamineCluster } from "./ports/cluster.ts";
import type { Log } from "./ports/log.ts";
import type { Brokers } from "./ports/publisher.ts";
import type { Store } from "./ports/store.ts";
import { migrate } from "./postgres/migrate.ts";
import { postgresStore } from "./postgres/postgres-store.ts";
import { resolveReferences } from "./secrets.ts";
import { sourcePrivacy } from "./source-privacy.ts";
import { systemClock } from "./system-clock.ts";
import { systemRandom } from "./system-random.ts";
import { type PrometheusMetrics, prometheusMetrics } from "./telemetry/prometheus-metrics.ts";

export { type ApiServer, startApi as wireApi } from "./api/server.ts";
export { pinoLog as wireLog } from "./telemetry/pino-log.ts";

/** The database alone: all that most commands need. @param options.patienceMs How long a statement may take. */
export function wireStore(
  { postgres }: Pick<Config, "postgres">,
  { patienceMs }: { patienceMs?: number } = {},
): Store {
  return postgresStore({ url: postgres.url, schema: postgres.schema, patienceMs });
}

/** @returns the names of the migrations that were applied. */
export function wireMigrate(
  { postgres }: Pick<Config, "postgres">,
  say: (line: string) => void,
): Promise<string[]> {
  return migrate(postgres.url, { schema: postgres.schema, say });
}

/** Reads committed records, for `tail` and the sandbox. */
export function wireTail(
  { kafka }: Pick<Config, "kafka">,
  log: Log,
): (request: TailRequest) => Promise<void> {
  const client = kafkaOf(kafka, log);
  return (request) => readTail(client, request);
}

/** Longer than whoever is well takes to answer. */
const examinationPatienceMs = 6_000;

/** What `doctor` asks: nobody is waited for as long as workers wait, so that the command ends whoever is away. */
export function wireExamination(
  { postgres, kafka }: Pick<Config, "postgres" | "kafka">,
  log: Log,
): { store: Store; examineCluster: ExamineCluster } {
  const patienceMs = examinationPatienceMs;
  return {
    store: wireStore({ postgres }, { patienceMs }),
    examineCluster: examineCluster(kafkaOf(kafka, log, patienceMs), kafka.ssl),
  };
}

/** What the brokers are asked besides publishing. */
export function wireBrokers({ kafka }: Pick<Config, "kafka">, log: Log): Brokers {
  return brokersOf(kafkaOf(kafka, log), kafka, log);
}

/** @throws SourceHaltedError `TIDEMARK_SOURCE_SETTINGS` when this version has no such connector */
export function wireConnector(name: string): Connector {
  const connector = connectors.get(name);
  if (connector !== undefined) return connector;
  throw new SourceHaltedError("TIDEMARK_SOURCE_SETTINGS", `there is no connector ${name} in this version`);
}

/** Members of a connector's accounts that make no difference. */
export function wireVolatile(connector: string): readonly string[] {
  return connectors.get(connector)?.volatile ?? [];
}

/** Everything a worker needs, made from the real parts. */
export interface WiredWorker {
  ports: WorkerPorts;
  metrics: PrometheusMetrics;
  topics: ReturnType<typeof topicBook>;
  close(): Promise<void>;
}

/** @param store The same that the caller has prepared the installation with; it is closed along. */
export function wireWorker(
  config: Config,
  store: Store,
  log: Log,
  version: string,
  env: NodeJS.ProcessEnv,
): WiredWorker {
  const clock = systemClock();
  const random = systemRandom();
  const metrics = prometheusMetrics({ version });
  const kafka = kafkaOf(config.kafka, log);
  const brokers = brokersOf(kafka, config.kafka, log);
  const http = httpClient({ clock, metrics, random });
  const grants = storedGrants(store, tokenSeal(env["TIDEMARK_TOKEN_KEY"]), clock);
  const groupOf = sourceGroups(clock, grants);

  const upstreamOf: WorkerPorts["upstreamOf"] = (source, signal, leaseLeftMs, isUrgent, signs) => {
    const connector = wireConnector(source.connector);
    const { value: settings, secrets, faults } = resolveReferences(source.settings, env);
    if (faults.length > 0) throw new SourceHaltedError("TIDEMARK_SOURCE_SETTINGS", faults.join("; "));
    const { privacy, secrets: keys } = sourcePrivacy(source, env);
    const { budget, tokens } = groupOf(source);
    const sourceLog = log.with({ source: source.name });
    const forSource = http.httpFor({
      source: source.name,
      isUrgent,
      budget,
      secrets: [...secrets, ...keys],
      signal,
      leaseLeftMs,
      signs,
      log: sourceLog,
    });
    const context = { settings, http: forSource, tokens, clock, log: sourceLog, signal };
    return { connector, context, privacy };
  };

  return {
    ports: {
      store,
      brokers,
      publishers: kafkaPublishers(kafka, config.prefix, config.kafka.compression),
      clock,
      random,
      log,
      metrics,
      upstreamOf,
    },
    metrics,
    topics: topicBook(
      {
        prefix: config.prefix,
        shardCount: config.shards,
        partitions: config.kafka.partitions,
        allowWeakDurability: config.kafka.allowWeakDurability,
      },
      { brokers, store },
    ),
    async close() {
      await Promise.all([brokers.close(), http.close(), store.close()]);
    },
  };
}

function brokersOf(kafka: ReturnType<typeof kafkaOf>, { ssl }: Config["kafka"], log: Log): Brokers {
  return kafkaBrokers({ kafka, log, ...(ssl === undefined ? {} : { ssl }) });
}

function kafkaOf(settings: Config["kafka"], log: Log, patienceMs?: number): ReturnType<typeof kafkaClient> {
  return kafkaClient(
    {
      brokers: settings.brokers,
      ...(patienceMs === undefined ? {} : { patienceMs }),
      ...(settings.ssl === undefined ? {} : { ssl: settings.ssl }),
      ...(settings.sasl === undefined
        ? {}
        : { sasl: settings.sasl as unknown as NonNullable<KafkaSettings["sasl"]> }),
    },
    log,
  );
}
