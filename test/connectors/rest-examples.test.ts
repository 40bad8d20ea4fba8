import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { load } from "js-yaml";
import { rest } from "../../src/connectors/rest/index.ts";
import { canonicalJsonWithoutNulls } from "../../src/core/canonical-json.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { startCentury } from "../../src/sandbox/upstreams/century/index.ts";
import { startKombo } from "../../src/sandbox/upstreams/kombo/index.ts";
import { resolveReferences } from "../../src/secrets.ts";
import { connectedLane, foldedEvents } from "../support/connected-lane.ts";
import { connectorHarness } from "../support/connector-harness.ts";

const page = readFileSync(new URL("../../docs/rest.md", import.meta.url), "utf8");
const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** The settings of an example, by its source's name, with the API at another address. */
function exampleOf(source: string, url: string): JsonObject {
  const examples = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = ""]) => {
    return (load(text) as { sources: Record<string, { settings: JsonObject }> }).sources;
  });
  const settings = examples.find((sources) => source in sources)?.[source]?.settings ?? {};
  const env = { CENTURY_API_KEY: "key", KOMBO_API_KEY: "key", CRM_TOKEN: "token" };
  const { value, faults } = resolveReferences(settings, env);
  expect(faults).toEqual([]);
  const { pathname } = new URL(settings["baseUrl"] as string);
  return { ...(value as JsonObject), baseUrl: `${url}${pathname}` };
}

/** A simulated upstream that is read as an example of the page says. */
async function exampleFeed(
  source: string,
  upstream: Awaited<ReturnType<typeof startCentury | typeof startKombo>>,
) {
  const harness = connectorHarness(rest, exampleOf(source, upstream.url));
  open.push(
    () => harness.close(),
    () => upstream.close(),
  );
  const lane = await connectedLane(rest, harness);
  return {
    ...lane,
    control: upstream.control,
    /** The accounts as a consumer knows them, and as they are, without nulls and what is made when they are served. */
    async compared() {
      const { accounts } = await upstream.control.truth();
      const known = [...foldedEvents(await lane.events())].map(([id, { attributes }]) => [
        id,
        plain(attributes),
      ]);
      return {
        known: new Map(known as [string, unknown][]),
        truth: new Map(accounts.map(({ id, record }) => [id, plain(record)])),
      };
    },
  };
}

function plain(record: unknown): unknown {
  const {
    changed_at: _changed,
    remote_deleted_at: _deleted,
    ...user
  } = JSON.parse(canonicalJsonWithoutNulls(record as JsonObject)) as JsonObject;
  return user;
}

test("CENTURY's list is read by settings alone: in the end the events tell the truth", async () => {
  const feed = await exampleFeed(
    "school",
    await startCentury({ accounts: 230, behaviour: { rateLimit: null } }),
  );
  expect(rest.canPoll(exampleOf("school", "http://127.0.0.1"))).toBe(false);
  expect(await feed.turn("sweep")).toHaveLength(230);
  for (let round = 0; round < 3; round += 1) {
    const changes = await feed.control.mutate({ insert: 5, update: 8, delete: 4 });
    expect((await feed.turn("sweep")).length).toBeGreaterThan(0);
    expect(changes).toHaveLength(17);
    const { known, truth } = await feed.compared();
    expect(known).toEqual(truth);
  }
});

test.each(["omitted", "404"] as const)(
  "Kombo's list is read by settings alone: in the end the events tell the truth (unknown ids: %s)",
  async (unknownIds) => {
    const upstream = await startKombo({ accounts: 530, behaviour: { rateLimit: null, unknownIds } });
    const feed = await exampleFeed("acme-ats", upstream);
    expect(await feed.turn("poll")).toHaveLength(530);
    for (const forgetsDeleted of [false, true]) {
      await feed.control.options({ forgetsDeleted });
      await feed.control.mutate({ insert: 5, update: 8, delete: 4 });
      await feed.turn("poll");
      const swept = await feed.turn("sweep");
      expect(swept.map(({ op }) => op)).toEqual(
        forgetsDeleted ? Array.from({ length: 4 }, () => "deleted") : [],
      );
      const { known, truth } = await feed.compared();
      expect(known).toEqual(truth);
    }
  },
);

test("the page's first example is valid", () => {
  expect(rest.checkSettings(exampleOf("acme-crm", "https://api.example.com"))).toMatchObject({
    items: "users",
  });
});
