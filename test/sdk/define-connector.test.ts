import { expect, test } from "vitest";
import { z } from "zod";
import { ConfigError } from "../../src/core/errors.ts";
import { sailpoint } from "../../src/connectors/sailpoint/index.ts";
import { bamboohr } from "../../src/connectors/bamboohr/index.ts";
import { connectors } from "../../src/connectors/registry.ts";
import { complete, defineConnector } from "../../src/sdk/index.ts";
import { connectorHarness } from "../support/connector-harness.ts";

const counting = defineConnector({
  name: "counting",
  settings: z.strictObject({ upTo: z.number().default(2) }),
  cursor: z.object({ next: z.number() }),
  position: z.object({ next: z.number() }),
  deletes: "by-absence",
  volatile: [],
  defaults: { everyMs: 1, sweepEveryMs: 1, budget: { requests: 1, perMs: 1 } },
  async *poll({ cursor, settings }) {
    for (let next = cursor?.next ?? 0; next < settings.upTo; next++) {
      yield { observations: [{ id: String(next), present: true }], rejected: [], cursor: { next: next + 1 } };
    }
  },
  async *sweep({ position }) {
    yield { observations: [], rejected: [], position: position ?? { next: 7 } };
    return complete();
  },
  get: async () => ({ observations: [], rejected: [] }),
});

test("a connector tells what is wrong with a cursor, and of which version its cursors are", () => {
  expect(counting.cursorFaults({ next: 3 })).toEqual([]);
  expect(counting.cursorFaults({ next: "3" })).toEqual([expect.stringMatching(/^next: /)]);
  expect(counting.cursorFaults({})).toEqual(["next is missing"]);
  expect(counting.cursorVersion).toBe(1);
  expect([...connectors.values()].map(({ cursorVersion }) => cursorVersion)).not.toContain(undefined);
  const swept = [...connectors.values()].find(({ name }) => name === "century");
  expect(swept?.cursorFaults({})).toEqual(["connector century has no polls"]);
});

test("a connector gets parsed settings and its own cursor back", async () => {
  const harness = connectorHarness(counting, {});
  const whole = await harness.poll(null);
  expect(whole.pages.map((page) => page.cursor)).toEqual([{ next: 1 }, { next: 2 }]);
  expect((await harness.poll({ next: 1 })).pages).toHaveLength(1);
});

test("a cursor or position that another version wrote halts the source", async () => {
  const harness = connectorHarness(counting, {});
  const unreadable = { code: "TIDEMARK_SOURCE_CURSOR" };
  expect((await harness.poll({ next: "soon" })).error).toMatchObject(unreadable);
  expect((await harness.sweep(["next"])).error).toMatchObject(unreadable);
});

test("what a sweep returns arrives, so that completeness is never guessed", async () => {
  const harness = connectorHarness(counting, {});
  expect(await harness.sweep({ next: 3 })).toMatchObject({
    isComplete: true,
    pages: [{ position: { next: 3 } }],
  });
});

test("settings that do not fit are refused with every fault", () => {
  function faultsOfSettings(
    connector: typeof sailpoint,
    settings: Record<string, string>,
  ): readonly string[] {
    try {
      connector.checkSettings(settings);
      return [];
    } catch (error) {
      return error instanceof ConfigError ? error.faults : [String(error)];
    }
  }
  expect(faultsOfSettings(sailpoint, { tenant: "acme", clientld: "x", clientSecret: "y" })).toEqual([
    "clientId is missing",
    "clientld is not a known name; did you mean clientId?",
  ]);
  expect(faultsOfSettings(sailpoint, { clientId: "x", clientSecret: "y" })).toEqual([
    "tenant is missing (or baseUrl, which replaces it)",
  ]);
  expect(faultsOfSettings(bamboohr, { apiKey: "x", company: "a/b" })).toEqual([
    "company: a company's name has letters, digits and hyphens only",
  ]);
});

test("checked settings pass the check again: they are checked when applied and when a pass starts", () => {
  const settings = { tenant: "acme", clientId: "x", clientSecret: "y" };
  expect(sailpoint.checkSettings(sailpoint.checkSettings(settings))).toEqual(settings);
});

test("the registry knows each connector by its name", () => {
  expect([...connectors].map(([name, connector]) => [name, connector.name])).toEqual([
    ["sailpoint", "sailpoint"],
    ["bamboohr", "bamboohr"],
    ["lumos", "lumos"],
    ["kombo", "kombo"],
    ["century", "century"],
    ["rest", "rest"],
  ]);
});
