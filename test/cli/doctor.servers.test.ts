import kafkajs from "kafkajs";
import { Client } from "pg";
import { expect, inject, test } from "vitest";
import type { Finding } from "../../src/core/finding.ts";
import { cliInstallation } from "../support/cli-installation.ts";
import { documented } from "../support/documented.ts";

const { tidemark, start, upstream, prefix, database, writeConfig, overview } = await cliInstallation();

/** What `doctor` says as JSON, with its exit code. */
async function doctor(...more: string[]): Promise<{ code: number | string; findings: Finding[] }> {
  const { code, text } = await tidemark("doctor", "--output", "json", ...more);
  return { code, findings: (JSON.parse(text) as { findings: Finding[] }).findings };
}

/** Starts a worker, and waits until it has loaded the source and published it, for which there have to be topics. */
async function working(): Promise<void> {
  const worker = start("run", "--no-http");
  await worker.said(/"worker\.starting"/);
  await expect.poll(async () => (await overview()).sources[0]?.population, { timeout: 30_000 }).toBe(20);
  await expect
    .poll(
      async () =>
        (await overview()).shards.every(
          ({ owner, lastSeq, publishedSeq }) => owner !== null && lastSeq === publishedSeq,
        ),
      { timeout: 20_000 },
    )
    .toBe(true);
}

/** Those that were killed are taken for running until they have not been seen for a while. */
async function forgetWorkers(): Promise<void> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query("delete from tidemark.worker");
  await client.end();
}

test("a database that is not migrated is a fault, the brokers are examined all the same", async () => {
  const { code, findings } = await doctor();
  expect(code).toBe(1);
  expect(findings).toContainEqual({
    area: "database",
    subject: null,
    state: "fault",
    message: expect.stringContaining("installation.migrations") as string,
    whatToDo: "Run: tidemark migrate",
  });
  expect(findings).toContainEqual(
    expect.objectContaining({
      area: "brokers",
      state: "ok",
      message: expect.stringContaining("1 broker answers") as string,
    }),
  );
});

test("without a worker it says that the upstreams could not be asked", async () => {
  await tidemark("migrate");
  await tidemark("apply");
  const { code, text } = await tidemark("doctor");
  expect(code).toBe(1);
  expect(text).toContain("fault    workers: no worker is running");
  expect(text).toContain("warning  upstreams: they could not be asked: no worker is running");
});

test("a healthy installation has no fault, and nothing that only workers may read is needed here", async () => {
  await working();
  const { code, text } = await tidemark("doctor");
  expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
  const anyCluster = text.replace(/of cluster \S+/, "of cluster 5L6g3nShT-eMCtK--X86sw");
  const { shown, printed } = documented("docs/doctor.md", "doctor", anyCluster);
  expect(printed).toBe(shown);
  expect(code).toBe(0);
  const status = (await tidemark("status")).text.split("\n").filter((line) => line.includes("replay"));
  const reach = documented("docs/retention.md", "status | grep replay", status.join("\n"));
  expect(reach.printed).toBe(reach.shown);
  const { findings } = await doctor("--source", "acme-hr");
  expect(findings).toContainEqual({
    area: "upstreams",
    subject: "acme-hr",
    state: "ok",
    message: expect.stringMatching(/^it answers, in \d+ ms$/) as string,
    whatToDo: null,
  });
  expect((await doctor("--source", "nobody")).code).toBe(1);
});

test("credentials that the upstream refuses are a fault, also of a source that is halted by them", async () => {
  await working();
  await upstream.control.inject({ kind: "401", times: 1_000 });
  await expect.poll(async () => (await overview()).sources[0]?.state, { timeout: 20_000 }).toBe("halted");
  const { code, findings } = await doctor();
  await upstream.control.clearFaults();
  expect(code).toBe(1);
  const faults = findings.filter(({ state }) => state === "fault");
  expect(faults.map(({ area, subject }) => [area, subject])).toEqual([
    ["sources", "acme-hr"],
    ["upstreams", "acme-hr"],
  ]);
  for (const { whatToDo } of faults) expect(whatToDo).toContain("tidemark source resume acme-hr");
  expect((await doctor()).findings).toContainEqual(
    expect.objectContaining({ area: "upstreams", state: "ok", subject: "acme-hr" }),
  );
  expect(await tidemark("source", "resume", "acme-hr")).toMatchObject({ code: 0 });
});

test("a topic that is gone, and one that forgets too soon, are told by their names", async () => {
  await forgetWorkers();
  const admin = new kafkajs.Kafka({ brokers: inject("brokers"), logLevel: 0 }).admin();
  await admin.connect();
  const topic = `${prefix}.bamboohr.accounts`;
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: 2, name: topic, configEntries: [{ name: "retention.ms", value: "3600000" }] }],
  });
  const brokersOf = async () =>
    (await doctor()).findings.filter(({ area, subject }) => area === "brokers" && subject !== null);
  expect(await brokersOf()).toMatchObject([
    { subject: topic, state: "warning", message: "it forgets events after 60 min" },
  ]);
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
  expect(await brokersOf()).toMatchObject([
    { subject: topic, state: "fault", message: "this topic is gone" },
  ]);
});

test("Kafka away, and Postgres away, are a fault each", async () => {
  writeConfig({ kafka: { brokers: ["127.0.0.1:1"], allowWeakDurability: true } });
  const noKafka = await doctor();
  expect(noKafka.code).toBe(1);
  expect(noKafka.findings.filter(({ state }) => state === "fault").map(({ area }) => area)).toContain(
    "brokers",
  );
  expect(
    noKafka.findings.find(({ area, state }) => area === "brokers" && state === "fault")?.whatToDo,
  ).toContain("kafka.brokers");
  writeConfig({ postgres: { url: "postgres://u:t0psecret@127.0.0.1:1/d" } });
  const { code, text } = await tidemark("doctor");
  writeConfig();
  expect(code).toBe(1);
  expect(text).toContain("Check postgres.url");
  expect(text).not.toContain("t0psecret");
});

test("every fault of the configuration is told, and what to correct", async () => {
  writeConfig({ prefx: "a" }, { connector: "bambohr" });
  const { code, findings } = await doctor();
  writeConfig();
  expect(code).toBe(1);
  expect(findings.map(({ message }) => message)).toEqual([
    "prefx is not a known name; did you mean prefix?",
    "sources.acme-hr.connector: there is no connector bambohr; did you mean bamboohr?",
  ]);
});
