import { expect, test } from "vitest";
import { bamboohr } from "../../src/connectors/bamboohr/index.ts";
import { kombo } from "../../src/connectors/kombo/index.ts";
import { rest } from "../../src/connectors/rest/index.ts";
import { sailpoint } from "../../src/connectors/sailpoint/index.ts";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import type { Connector } from "../../src/ports/connector.ts";
import { observed } from "../support/connector-harness.ts";
import { scriptedHttp, stepsOf } from "../support/scripted-http.ts";

interface Case {
  connector: Connector;
  settings: JsonObject;
  cursor: JsonObject;
  /** What the upstream lists: an account that changed at 11:30 and one that changed at this time. Its clock says 12:00. */
  answer(future: string): JsonValue;
  /** The member of the cursor that says how far everything was read. */
  reached: string;
}

const before = "2026-05-01T11:00:00.000Z";
const lately = "2026-05-01T11:30:00.000Z";

const cases: Case[] = [
  {
    connector: sailpoint,
    settings: { tenant: "acme", clientId: "client", clientSecret: "secret" },
    cursor: { watermark: before, strategy: "filter", pass: null },
    answer: (future) => [
      { id: "a", modified: lately },
      { id: "b", modified: future },
    ],
    reached: "watermark",
  },
  {
    connector: bamboohr,
    settings: { company: "acme", apiKey: "key" },
    cursor: { latest: before, since: before, seen: [], pass: null },
    answer: (future) => ({
      latest: future,
      employees: {
        1: { id: "1", action: "Deleted", lastChanged: lately },
        2: { id: "2", action: "Deleted", lastChanged: future },
      },
    }),
    reached: "latest",
  },
  {
    connector: kombo,
    settings: { apiKey: "key", integrationId: "workday:acme" },
    cursor: { watermark: before, pass: null },
    answer: (future) => ({
      status: "success",
      data: {
        next: null,
        results: [
          { id: "a", first_name: "Ada", changed_at: lately },
          { id: "b", first_name: "Bea", changed_at: future },
        ],
      },
    }),
    reached: "watermark",
  },
  {
    connector: rest,
    settings: {
      baseUrl: "http://upstream",
      request: { path: "/users", query: { since: "{{ since }}" } },
      incremental: { path: "updated" },
    },
    cursor: { watermark: before, pass: null },
    answer: (future) => [
      { id: "a", updated: lately },
      { id: "b", updated: future },
    ],
    reached: "watermark",
  },
];

async function poll({ connector, settings, cursor, answer }: Case, future: string) {
  const { context } = scriptedHttp((query) => {
    const listed = answer(future);
    return Array.isArray(listed) ? listed.slice(Number(query.get("offset"))) : listed;
  });
  const { pages, error } = await stepsOf(connector.poll({ ...context, settings, cursor }));
  expect(error).toBeNull();
  expect(observed(pages)).toHaveLength(2);
  return { cursor: pages.at(-1)?.cursor as JsonObject, log: context.log.lines };
}

test.each(cases.map((one) => ({ ...one, name: one.connector.name })))(
  "$name: an account that is dated in the future takes no watermark there, and the log tells of it",
  async (one) => {
    const { cursor, log } = await poll(one, "2099-01-01T00:00:00.000Z");
    expect(cursor[one.reached]).toBe("2026-05-01T12:00:00.000Z");
    expect(log).toEqual([expect.objectContaining({ message: `${one.name}.timestamp.ahead` })]);
    // Clocks differ by a little, which is nothing to tell.
    const ahead = await poll(one, "2026-05-01T12:00:04.000Z");
    expect(ahead.cursor[one.reached]).toBe("2026-05-01T12:00:00.000Z");
    expect(ahead.log).toEqual([]);
  },
);
