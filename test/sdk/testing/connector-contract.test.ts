import { setTimeout as pause } from "node:timers/promises";
import type { JsonObject, JsonValue } from "../../../src/core/json.ts";
import type { Connector, ConnectorContext, Page, SweepPage } from "../../../src/ports/connector.ts";
import { complete } from "../../../src/sdk/complete.ts";
import { type ContractSubject, connectorContract } from "../../../src/sdk/testing/index.ts";
import { expect, test } from "vitest";
import { peopleService } from "../example/people-service.ts";
import { peopleWithPoll } from "../example/people-with-poll.ts";
import { people } from "../example/people.ts";

type Polls = AsyncGenerator<Page<JsonValue>, void, void>;
type PollContext = Parameters<Connector["poll"]>[0];
type SweepContext = Parameters<Connector["sweep"]>[0];
type Document = Extract<Page<JsonValue>["observations"][number], { document: unknown }>["document"];

function subjectOf(connector: Connector, upstream = peopleService): ContractSubject {
  const settings = (url: string) => ({ baseUrl: url, apiKey: "people-key" });
  return { connector, settings, secrets: ["people-key"], upstream };
}

/** The same connector, whose polls are spoilt. */
function polling(poll: (pages: Polls, context: PollContext) => Polls): Connector {
  return { ...peopleWithPoll, poll: (context) => poll(peopleWithPoll.poll(context), context) };
}

/** The same connector, whose documents are spoilt. */
function documenting(spoil: (document: Document) => unknown): Connector {
  return polling(async function* (pages) {
    for await (const page of pages) {
      const observations = page.observations.map((seen) =>
        "document" in seen ? { ...seen, document: spoil(seen.document) as Document } : seen,
      );
      yield { ...page, observations };
    }
  });
}

/** The same connector, which takes the end of its sweeps into its own hands. */
function sweeping(
  sweep: (
    pages: ReturnType<Connector["sweep"]>,
    context: SweepContext,
  ) => AsyncGenerator<SweepPage<JsonValue>, ReturnType<typeof complete>, void>,
): Connector {
  return { ...peopleWithPoll, sweep: (context) => sweep(peopleWithPoll.sweep(context), context) };
}

async function* withoutErrors(pages: Polls): Polls {
  try {
    yield* pages;
  } catch {
    // Swallowed.
  }
}

const sweptBlindly = sweeping(async function* (pages) {
  try {
    for await (const page of pages) yield page;
  } catch {
    // Swallowed.
  }
  return complete();
});

const broken: readonly [bug: string, connector: Connector, caught: string[]][] = [
  [
    "skips a page",
    polling(async function* (pages) {
      let count = 0;
      for await (const page of pages) yield (count += 1) === 2 ? { ...page, observations: [] } : page;
    }),
    ["the first pass reads every account", "an account without an id is set aside, the others are read"],
  ],
  [
    "begins anew with every pass",
    { ...peopleWithPoll, poll: (context) => peopleWithPoll.poll({ ...context, cursor: null }) },
    ["every page is a place to go on from, also for another process"],
  ],
  [
    "goes on behind a page that it has not handed out",
    polling(async function* (pages) {
      let held: Page<JsonValue> | null = null;
      for await (const page of pages) {
        if (held !== null) yield { ...held, cursor: page.cursor };
        held = page;
      }
      if (held !== null) yield held;
    }),
    ["every page is a place to go on from, also for another process"],
  ],
  [
    "hands out a page twice",
    polling(async function* (pages) {
      for await (const page of pages) yield* [page, page];
    }),
    ["a pass repeats no account while nothing changes, the first poll none that differs"],
  ],
  [
    "keeps a date in its cursor",
    polling(async function* (pages) {
      for await (const page of pages) yield { ...page, cursor: new Date() as unknown as JsonValue };
    }),
    ["cursors and positions are JSON"],
  ],
  [
    "forgets to poll",
    polling(async function* (pages, { cursor }) {
      for await (const page of pages) yield cursor === null ? page : { ...page, observations: [] };
    }),
    ["a poll finds what changed, and no other news"],
  ],
  [
    "yields no page without accounts",
    polling(async function* (pages) {
      for await (const page of pages) if (page.observations.length > 0) yield page;
    }),
    ["an upstream without accounts is no error"],
  ],
  [
    "takes an empty answer for a clean-out",
    polling(async function* (pages) {
      for await (const page of pages)
        yield page.observations.length > 0
          ? page
          : { ...page, observations: [{ id: "1001", gone: true, at: null }] };
    }),
    ["an answer that is empty by mistake takes nobody away and hides nothing"],
  ],
  [
    "believes every sweep",
    sweptBlindly,
    [
      "a sweep proves nothing by errors of the server",
      "a sweep proves nothing by connections that are cut",
      "a sweep proves nothing by garbage",
      "a sweep proves nothing by answers that are cut short",
      "a sweep proves nothing by the same page again and again",
      "a sweep proves nothing by an answer that is empty by mistake",
      "a sweep proves nothing while an account has no id",
    ],
  ],
  [
    "swallows errors",
    polling(withoutErrors),
    [
      "errors of the server that last: the pass is tried again, and goes on from its last page",
      "a long throttle is left to the scheduler, with its length",
      "refused credentials halt the source after one fresh token at most",
      "a refused right halts the source",
      "an answer of another shape is no answer, and moves no cursor",
      "told to stop while it waits for an answer, a poll stops within 1 s",
      "told to stop while it waits for a throttle, a pass stops within 1 s",
    ],
  ],
  [
    "insists on its credentials",
    polling(async function* (pages, context) {
      for (let tries = 0; tries < 3; tries += 1) yield* withoutErrors(peopleWithPoll.poll(context));
      yield* pages;
    }),
    ["refused credentials halt the source after one fresh token at most"],
  ],
  [
    "writes its settings to the log",
    polling((pages, { log, settings }) => {
      log.info("poll", { settings });
      return pages;
    }),
    ["secrets show in no error, no log, no cursor and no document"],
  ],
  [
    "tidies up for long",
    polling(async function* (pages) {
      try {
        yield* pages;
      } finally {
        await pause(1_200);
      }
    }),
    ["told to stop while it waits for an answer, a poll stops within 1 s"],
  ],
  [
    "calls everybody gone whom it cannot look up",
    {
      ...peopleWithPoll,
      get: (ids, context: ConnectorContext<JsonValue>) =>
        peopleWithPoll.get(ids, context).catch(() => ({
          observations: ids.map((id) => ({ id, gone: true as const, at: null })),
          rejected: [],
        })),
    },
    [
      "a look-up that meets trouble (unavailable) says of nobody that it is gone",
      "a look-up that meets trouble (unauthorized) says of nobody that it is gone",
    ],
  ],
  [
    "looks up nobody",
    { ...peopleWithPoll, get: async () => ({ observations: [], rejected: [] }) },
    ["a look-up tells who is there and who is gone, of 100 at once"],
  ],
  [
    "invents a status",
    documenting((document) => ({ ...document, status: "here" })),
    ["every account has the common document"],
  ],
  [
    "looks ahead instead of back",
    {
      ...peopleWithPoll,
      lookBack: {
        everyMs: 1,
        windowMs: 1,
        from: (cursor) => ({ ...(cursor as JsonObject), since: "2999-01-01T00:00:00.000Z" }),
      },
    },
    ["a cursor that looks back reads again what changed lately, and leaves the one of the polls as it is"],
  ],
  [
    "turns back its own cursor",
    {
      ...peopleWithPoll,
      lookBack: {
        everyMs: 1,
        windowMs: 1,
        from: (cursor) => Object.assign(cursor as JsonObject, { since: "1970-01-01T00:00:00.000Z" }),
      },
    },
    ["a cursor that looks back reads again what changed lately, and leaves the one of the polls as it is"],
  ],
  [
    "cannot look back although it offers to",
    { ...peopleWithPoll, lookBack: { everyMs: 1, windowMs: 1, from: () => null } },
    ["a cursor that looks back reads again what changed lately, and leaves the one of the polls as it is"],
  ],
  [
    "keeps only what it knows",
    documenting((document) => ({ ...document, attributes: {} })),
    ["members and words that nobody has heard of are kept"],
  ],
];

test.each(broken.flatMap(([bug, connector, caught]) => caught.map((rule) => ({ bug, connector, rule }))))(
  "a connector that $bug is caught by: $rule",
  async ({ connector, rule }) => {
    const found = connectorContract(subjectOf(connector)).find(({ name }) => name === rule);
    expect(found?.skip).toBeNull();
    await expect(found?.run()).rejects.toThrow(`people: ${rule}: expected `);
  },
);

test("what cannot be tried is listed with the reason, and fails when it is run all the same", async () => {
  const { accounts, start } = peopleService;
  const contract = connectorContract(subjectOf(people, { accounts, start }));
  const skipped = contract.filter(({ skip }) => skip !== null);
  expect(new Set(skipped.map(({ skip }) => skip))).toEqual(
    new Set([
      "the connector cannot poll",
      "`upstream.isTokenRequest` is left out",
      "`upstream.withoutItems` is left out",
      "`upstream.editItems` is left out",
    ]),
  );
  for (const { run } of skipped) await expect(run()).rejects.toThrow("to be skipped");
});

test("a service with too few accounts for three pages is told so", async () => {
  const [first] = connectorContract(subjectOf(people, { ...peopleService, accounts: 20 }));
  await expect(first?.run()).rejects.toThrow("let the service have more accounts, or smaller pages");
});
