import { expect, test } from "vitest";
import { loadConfig, sourceConfigs } from "../../src/config.ts";
import type { JsonValue } from "../../src/core/json.ts";
import { simulators } from "../../src/sandbox/simulators.ts";
import { resolveReferences } from "../../src/secrets.ts";
import { composeServices, environmentOf } from "./compose-file.ts";

const { postgres, kafka, migrate, worker } = composeServices;
const file = "ops/compose/tidemark.yaml";

/** The settings of a source as a worker in its container resolves them. */
function settingsOf(name: string): JsonValue {
  const environment = environmentOf(worker);
  const source = sourceConfigs(loadConfig(file, {}, environment), 16).find((known) => known.name === name);
  const { value, faults } = resolveReferences(source?.settings ?? {}, environment);
  expect(faults).toEqual([]);
  return value;
}

test("the containers' configuration is complete for a worker, and for migrate", () => {
  const config = loadConfig(file, {}, environmentOf(worker));
  expect(Object.keys(config.sources)).toEqual([
    "acme-idn",
    "acme-hr",
    "acme-ats",
    "acme-apps",
    "acme-school",
  ]);
  expect(loadConfig(file, {}, environmentOf(migrate)).postgres).toEqual(config.postgres);
});

test("workers find Postgres and Kafka by the names of their containers", () => {
  const { postgres: database, kafka: cluster, http } = loadConfig(file, {}, environmentOf(worker));
  const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = environmentOf(postgres);
  expect(database.url).toBe(
    `postgresql://${POSTGRES_USER}:${POSTGRES_PASSWORD}@postgres:5432/${POSTGRES_DB}`,
  );
  const listeners = environmentOf(kafka)["KAFKA_ADVERTISED_LISTENERS"]?.split(",");
  expect(listeners).toContain(`CONTAINERS://${cluster.brokers[0]}`);
  expect(cluster.allowWeakDurability).toBe(true);
  expect(worker.ports).toEqual([expect.stringMatching(`:${http.port}$`)]);
  expect(http.host).toBe("0.0.0.0");
});

test.each([
  ["acme-idn", "sailpoint"],
  ["acme-hr", "bamboohr"],
  ["acme-ats", "kombo"],
  ["acme-apps", "lumos"],
  ["acme-school", "century"],
] as const)("%s finds the simulated %s by the name of its container, which accepts it", (source, kind) => {
  const { command = [] } = composeServices[kind];
  const port = command.find((word) => word.startsWith("--port="))?.slice("--port=".length);
  expect(command).toEqual(expect.arrayContaining([kind, "--host=0.0.0.0"]));
  expect(settingsOf(source)).toEqual(simulators[kind].settings(`http://${kind}:${port}`));
});
