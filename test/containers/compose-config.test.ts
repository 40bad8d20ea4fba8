import { expect, onTestFinished, test } from "vitest";
import { loadConfig, sourceConfigs } from "../../src/config.ts";
import { startBambooHr } from "../../src/sandbox/upstreams/bamboohr/index.ts";
import { startSailPoint } from "../../src/sandbox/upstreams/sailpoint/index.ts";
import { resolveReferences } from "../../src/secrets.ts";
import { composeServices, environmentOf } from "./compose-file.ts";

const { postgres, kafka, sailpoint, bamboohr, migrate, worker } = composeServices;
const file = "ops/compose/tidemark.yaml";

/** The settings of a source as a worker in its container resolves them. */
function settingsOf(name: string): Record<string, string> {
  const environment = environmentOf(worker);
  const source = sourceConfigs(loadConfig(file, {}, environment), 16).find((known) => known.name === name);
  const { value, faults } = resolveReferences(source?.settings ?? {}, environment);
  expect(faults).toEqual([]);
  return value as Record<string, string>;
}

test("the containers' configuration is complete for a worker, and for migrate", () => {
  const config = loadConfig(file, {}, environmentOf(worker));
  expect(Object.keys(config.sources)).toEqual(["acme-idn", "acme-hr"]);
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

test("workers find the simulated upstreams by the names of their containers", () => {
  for (const [source, host, { command = [] }] of [
    ["acme-idn", "sailpoint", sailpoint],
    ["acme-hr", "bamboohr", bamboohr],
  ] as const) {
    const { hostname, port } = new URL(settingsOf(source)["baseUrl"] ?? "");
    expect(hostname).toBe(host);
    expect(command).toEqual(expect.arrayContaining([host, `--port=${port}`, "--host=0.0.0.0"]));
  }
});

test("the simulated SailPoint accepts the credentials", async () => {
  const tenant = await startSailPoint({ accounts: 1 });
  onTestFinished(tenant.close);
  const { clientId = "", clientSecret = "" } = settingsOf("acme-idn");
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret,
  });
  const answer = await fetch(`${tenant.url}/oauth/token`, { method: "POST", body });
  expect(answer.status).toBe(200);
});

test("the simulated BambooHR accepts the credentials", async () => {
  const company = await startBambooHr({ accounts: 1 });
  onTestFinished(company.close);
  const authorization = `Basic ${btoa(`${settingsOf("acme-hr")["apiKey"]}:x`)}`;
  const since = encodeURIComponent("2020-01-01T00:00:00Z");
  const answer = await fetch(`${company.url}/api/v1/employees/changed?since=${since}`, {
    headers: { authorization },
  });
  expect(answer.status).toBe(200);
});
