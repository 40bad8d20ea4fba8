import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { dump } from "js-yaml";
import { loadConfig, sourceConfigs } from "../../src/config.ts";
import { ConfigError } from "../../src/core/errors.ts";
import type { JsonObject } from "../../src/core/json.ts";

const folder = mkdtempSync(join(tmpdir(), "config-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: JsonObject | string): string {
  const path = join(folder, "tidemark.yaml");
  writeFileSync(path, typeof content === "string" ? content : dump(content));
  return path;
}

const sound = {
  postgres: { url: "postgres://u@h/d" },
  kafka: { brokers: ["h:9092"] },
} satisfies JsonObject;
const sailpoint = { tenant: "acme", clientId: "id", clientSecret: "${env:SECRET}" };

function load(content: JsonObject, env: NodeJS.ProcessEnv = {}, flags = {}) {
  return loadConfig(file(content), flags, env);
}

function faultsOf(content: JsonObject | string, env: NodeJS.ProcessEnv = {}): readonly string[] {
  try {
    loadConfig(file(content), {}, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

test("what is not said has its default", () => {
  expect(load(sound)).toEqual({
    prefix: "tidemark",
    shards: 16,
    postgres: { url: "postgres://u@h/d", schema: "tidemark" },
    kafka: { brokers: ["h:9092"], compression: "none", partitions: 6, allowWeakDurability: false },
    http: { host: "127.0.0.1", port: 9_400 },
    journal: { retention: 30 * 86_400_000 },
    checkpoints: { keepAll: 86_400_000, keepHourly: 30 * 86_400_000, keepDaily: 365 * 86_400_000 },
    sources: {},
  });
});

describe("a flag wins over the environment, the environment over the file, the file over the default", () => {
  const inFile = { ...sound, http: { port: 1 }, prefix: "file" };
  test.each<[string, JsonObject, NodeJS.ProcessEnv, JsonObject, number]>([
    ["default", sound, {}, {}, 9_400],
    ["file", inFile, {}, {}, 1],
    ["environment", inFile, { TIDEMARK_HTTP_PORT: "2" }, {}, 2],
    ["flag", inFile, { TIDEMARK_HTTP_PORT: "2" }, { "http.port": 3 }, 3],
    ["file, where the environment is empty", inFile, { TIDEMARK_HTTP_PORT: "" }, {}, 1],
  ])("%s", (_who, content, env, flags, port) => {
    expect(load(content, env, flags).http.port).toBe(port);
  });

  test("every variable reaches its setting, and needs no file", () => {
    const { prefix, postgres, kafka, http } = loadConfig(
      undefined,
      {},
      {
        TIDEMARK_PREFIX: "p",
        TIDEMARK_POSTGRES_URL: "postgresql://u@h/d",
        TIDEMARK_POSTGRES_SCHEMA: "s",
        TIDEMARK_KAFKA_BROKERS: "a:1, b:2",
        TIDEMARK_HTTP_HOST: "0.0.0.0",
        TIDEMARK_HTTP_PORT: "0",
      },
    );
    expect({ prefix, postgres, brokers: kafka.brokers, http }).toEqual({
      prefix: "p",
      postgres: { url: "postgresql://u@h/d", schema: "s" },
      brokers: ["a:1", "b:2"],
      http: { host: "0.0.0.0", port: 0 },
    });
  });
});

describe("durations are numbers with a unit", () => {
  const everyOf = (every: string | number) => ({
    ...sound,
    sources: { hr: { connector: "sailpoint", every, settings: sailpoint } },
  });
  test.each<[string, number]>([
    ["250ms", 250],
    ["60s", 60_000],
    ["1.5m", 90_000],
    ["6h", 21_600_000],
    ["1d", 86_400_000],
  ])("%s", (text, ms) => {
    expect(load(everyOf(text)).sources["hr"]?.every).toBe(ms);
  });

  test.each<[string | number, string]>([
    ["10", "10 is not a duration; write a number with its unit, such as 60s, 5m or 6h"],
    ["10 minutes", "10 minutes is not a duration; write a number with its unit, such as 60s, 5m or 6h"],
    ["-5s", "-5s is not a duration; write a number with its unit, such as 60s, 5m or 6h"],
    ["99ms", "it must be at least 100ms"],
    [10, "it must be a duration with its unit, such as 60s, 5m or 6h"],
  ])("%s is refused", (every, what) => {
    expect(faultsOf(everyOf(every))).toEqual([`sources.hr.every: ${what}`]);
  });
});

test.each<[string, JsonObject, string]>([
  ["a name that is unknown", { ...sound, prefx: "a" }, "prefx is not a known name; did you mean prefix?"],
  [
    "a name inside a section",
    { ...sound, kafka: { brokers: ["h:1"], partition: 3 } },
    "kafka.partition is not a known name; did you mean partitions?",
  ],
  [
    "a name inside a source",
    { ...sound, sources: { hr: { connector: "sailpoint", evry: "1m", settings: sailpoint } } },
    "sources.hr.evry is not a known name; did you mean every?",
  ],
  [
    "a broker without its port",
    { ...sound, kafka: { brokers: ["h"] } },
    "kafka.brokers.0: a broker is written host:port",
  ],
  [
    "another database",
    { ...sound, postgres: { url: "mysql://h" } },
    "postgres.url: it must be a postgres:// address",
  ],
  [
    "no database",
    { kafka: sound.kafka },
    "postgres.url is missing: it belongs into the file, or into TIDEMARK_POSTGRES_URL",
  ],
  [
    "no brokers",
    { postgres: sound.postgres },
    "kafka.brokers is missing: it belongs into the file, or into TIDEMARK_KAFKA_BROKERS",
  ],
  [
    "a size without its unit",
    { ...sound, journal: { maxSize: "50 Gigs" } },
    "journal.maxSize: 50 Gigs is not a size; write a number with its unit, such as 500MB, 50GB or 1TB",
  ],
  [
    "a journal that is kept too shortly",
    { ...sound, journal: { retention: "1h" } },
    "journal.retention: it must be at least 1d",
  ],
  [
    "checkpoints that are kept longer hourly than daily",
    { ...sound, checkpoints: { keepHourly: "60d", keepDaily: "30d" } },
    "checkpoints: keepAll must not be longer than keepHourly, nor keepHourly than keepDaily",
  ],
  [
    "a source's name that topics cannot have",
    { ...sound, sources: { "HR!": { connector: "sailpoint", settings: sailpoint } } },
    "sources.HR!: a source's name has 1 to 63 lower-case letters, digits, dots, underscores and hyphens",
  ],
  [
    "an unknown connector",
    { ...sound, sources: { hr: { connector: "salepoint" } } },
    "sources.hr.connector: there is no connector salepoint; did you mean sailpoint?",
  ],
  [
    "a connector that is near to none",
    { ...sound, sources: { hr: { connector: "zzz" } } },
    "sources.hr.connector: there is no connector zzz; known are sailpoint, bamboohr, lumos, kombo, century, rest",
  ],
  [
    "a setting that the connector does not know",
    { ...sound, sources: { hr: { connector: "sailpoint", settings: { ...sailpoint, tenannt: "b" } } } },
    "sources.hr.settings.tenannt is not a known name; did you mean tenant?",
  ],
  [
    "a variable that is not set",
    { ...sound, postgres: { url: "${env:NOWHERE}" } },
    "postgres.url: environment variable NOWHERE is not set",
  ],
  [
    "a file that is not there",
    { ...sound, postgres: { url: "postgres://u:${file:/nowhere/password}@h/d" } },
    "postgres.url: file /nowhere/password cannot be read or is empty",
  ],
  [
    "a reference of a kind that does not exist",
    { ...sound, prefix: "${envv:P}" },
    "prefix: ${envv:P} is no reference; write ${env:NAME} or ${file:path}",
  ],
  [
    "such a reference in a source's settings",
    { ...sound, sources: { hr: { connector: "sailpoint", settings: { ...sailpoint, clientId: "${ID}" } } } },
    "sources.hr.settings.clientId: ${ID} is no reference; write ${env:NAME} or ${file:path}",
  ],
])("%s is a fault, in one sentence", (_what, content, fault) => {
  expect(faultsOf(content)).toEqual([fault]);
});

test("all faults come at once: of the file, of its references and of the settings of every source", () => {
  const faults = faultsOf({
    prefx: "a",
    postgres: { url: "${env:NOWHERE}" },
    kafka: { brokers: [] },
    sources: {
      a: { connector: "salepoint", every: "10" },
      b: { connector: "bamboohr", settings: { compny: "acme", apiKey: "k" } },
    },
  });
  expect(faults.map((fault) => /^[^\s:]+/.exec(fault)?.[0])).toEqual([
    "postgres.url",
    "kafka.brokers",
    "sources.a.every",
    "prefx",
    "sources.a.connector",
    "sources.b.settings.compny",
    "sources.b.settings.company",
  ]);
});

test.each<[string, string, RegExp]>([
  ["a list", "- a\n- b\n", /must hold a mapping \(name: value\), not a list$/],
  ["a single value", "tidemark\n", /must hold a mapping \(name: value\), not a single value$/],
  ["no YAML", "prefix: a\nkafka: [1\nb: }\n", /tidemark\.yaml is not YAML: .* at line 3, column 1$/],
  [
    "a name twice",
    "prefix: a\nprefix: b\n",
    /tidemark\.yaml is not YAML: duplicated mapping key at line 2, column 1$/,
  ],
  ["two documents", "prefix: a\n---\nprefix: b\n", /must hold one document, without a line ---$/],
])("a file that is %s is refused", (_what, text, fault) => {
  const [only, ...others] = faultsOf(text);
  expect(only).toMatch(fault);
  expect(others).toEqual([]);
});

test("a file that is missing is named", () => {
  const path = join(folder, "nowhere.yaml");
  expect(() => loadConfig(path, {}, {})).toThrow(`the configuration file ${path} cannot be read`);
});

test("references outside of sources are replaced; those of sources stay, for they are stored", () => {
  writeFileSync(join(folder, "password"), "from-file\n");
  const config = load(
    {
      ...sound,
      postgres: { url: `postgres://\${env:USER_NAME}:\${file:${folder}/password}@h/d` },
      sources: { hr: { connector: "sailpoint", settings: sailpoint } },
    },
    { USER_NAME: "me", SECRET: "s3cret" },
  );
  expect(config.postgres.url).toBe("postgres://me:from-file@h/d");
  expect(sourceConfigs(config, 16)[0]?.settings).toEqual(sailpoint);
});

test("a source gets its connector's defaults, a topic by its connector, and the shard of its group", () => {
  const config = load({
    ...sound,
    prefix: "p",
    sources: {
      one: { connector: "sailpoint", group: "g", settings: sailpoint },
      two: {
        connector: "bamboohr",
        group: "g",
        topic: "t",
        every: "3s",
        budget: { requests: 5, per: "1s" },
        settings: { company: "acme", apiKey: "${file:/only/on/workers}" },
      },
    },
  });
  const [one, two] = sourceConfigs(config, 16);
  expect(one).toMatchObject({ topic: "p.sailpoint.accounts", compacted: false, deleteLimit: null });
  expect(one?.everyMs).toBeGreaterThan(0);
  expect(one?.sweepEveryMs).toBeGreaterThan(0);
  expect(two).toMatchObject({ topic: "t", everyMs: 3_000, budget: { requests: 5, perMs: 1_000 } });
  expect(two?.shard).toBe(one?.shard);
});

test("every pass of a source without polls is a sweep: `every` is the time between them, and a sweepEvery of its own a fault", () => {
  const century = { connector: "century", settings: { apiKey: "${env:NOT_HERE}" } };
  const school = (more: object) => load({ ...sound, sources: { school: { ...century, ...more } } });
  expect(sourceConfigs(school({ every: "5m" }), 16)).toMatchObject([
    { everyMs: null, sweepEveryMs: 300_000 },
  ]);
  expect(sourceConfigs(school({}), 16)).toMatchObject([{ everyMs: null, sweepEveryMs: 900_000 }]);
  expect(faultsOf(dump({ ...sound, sources: { school: { ...century, sweepEvery: "1h" } } }))).toEqual([
    "sources.school.sweepEvery: this source has no polls, every pass is a sweep; the time between two of them is `every`",
  ]);
});

describe("look-backs and windows", () => {
  const crm = {
    request: { path: "/users", query: { since: "{{ since }}" } },
    baseUrl: "https://crm.example",
    incremental: { path: "updated" },
  };
  const source = (more: JsonObject, settings: JsonObject = crm) => ({
    ...sound,
    sources: { crm: { connector: "rest", settings, ...more } },
  });
  const hourMs = 3_600_000;

  test.each([
    ["by default", {}, { everyMs: 6 * hourMs, windowMs: 24 * hourMs }],
    ["as the source says", { lookBack: { every: "1h" } }, { everyMs: hourMs, windowMs: 24 * hourMs }],
    ["never, where it is off", { lookBack: "off" }, null],
  ])("a source looks back %s", (_how, more, lookBack) => {
    expect(sourceConfigs(load(source(more)), 16)).toMatchObject([{ lookBack }]);
  });

  test("a source without polls does not look back, and must not be told to", () => {
    const { incremental: _incremental, ...settings } = { ...crm, request: { path: "/users" } };
    expect(sourceConfigs(load(source({}, settings)), 16)).toMatchObject([{ lookBack: null }]);
    expect(faultsOf(dump(source({ lookBack: { every: "1h" } }, settings)))).toEqual([
      "sources.crm.lookBack: this source has no polls, every pass is a sweep; the time between two of them is `every`",
    ]);
  });

  test("windows are kept as they are written, in UTC unless a time zone is named", () => {
    const windows = ["Mon-Fri 06:00-20:00", "Sat 08:00-12:00"];
    expect(sourceConfigs(load(source({})), 16)).toMatchObject([{ windows: null }]);
    expect(sourceConfigs(load(source({ windows })), 16)).toMatchObject([
      { windows: { timeZone: "UTC", passes: windows, sweeps: [] } },
    ]);
    const atNight = { sweepWindows: ["22:00-05:00"], timeZone: "Europe/Berlin" };
    expect(sourceConfigs(load(source(atNight)), 16)).toMatchObject([
      { windows: { timeZone: "Europe/Berlin", passes: [], sweeps: ["22:00-05:00"] } },
    ]);
  });

  test.each([
    [
      { windows: ["Mo-Fr 6-20"] },
      "sources.crm.windows.0: a window is written `Mon-Fri 06:00-20:00`, `Sat 08:00-12:00` or `22:00-06:00`",
    ],
    [
      { timeZone: "Europe/Berlyn" },
      "sources.crm.timeZone: there is no time zone Europe/Berlyn; did you mean Europe/Berlin?",
    ],
    [{ timeZone: "here" }, "sources.crm.timeZone: there is no time zone here; write it like Europe/Berlin"],
    [
      { lookBack: "never" },
      "sources.crm.lookBack: it must be `off`, or durations such as `{ every: 6h, window: 24h }`",
    ],
  ])("%j is a fault", (more, fault) => {
    expect(faultsOf(dump(source(more)))).toEqual([fault]);
  });
});
