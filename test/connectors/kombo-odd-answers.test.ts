import { expect, test } from "vitest";
import { kombo } from "../../src/connectors/kombo/index.ts";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import { observed, rejectedIn } from "../support/connector-harness.ts";
import { scriptedHttp, stepsOf } from "../support/scripted-http.ts";

const settings = { apiKey: "key", integrationId: "workday:acme" };
const idle = { watermark: "2026-05-01T11:00:00.000Z", pass: null };
const ada = { id: "a".repeat(24), first_name: "Ada", remote_deleted_at: null };

const page = (results: JsonValue[], next: JsonValue = null) => ({
  status: "success",
  data: { next, results },
});

async function pollAgainst(answer: (query: URLSearchParams) => JsonValue, cursor: JsonValue = idle) {
  const { context, asked } = scriptedHttp(answer);
  const { pages, error } = await stepsOf(kombo.poll({ ...context, settings, cursor }));
  return { pages, error, asked, cursor: pages.at(-1)?.cursor as JsonObject | undefined };
}

async function sweepAgainst(answer: (query: URLSearchParams) => JsonValue) {
  const { context, asked } = scriptedHttp(answer);
  return { asked, ...(await stepsOf(kombo.sweep({ ...context, settings, position: null }))) };
}

test("a wiped record without a tombstone is neither an update nor a delete", async () => {
  const wiped = {
    id: ada.id,
    remote_id: null,
    first_name: null,
    email: null,
    system_roles: [],
    changed_at: "x",
  };
  const { pages } = await pollAgainst(() => page([wiped]));
  expect(observed(pages)).toEqual([{ id: ada.id, present: true }]);
});

test("a record that is wiped and has a tombstone is a delete", async () => {
  const wiped = { id: ada.id, first_name: null, remote_deleted_at: "2026-04-01T00:00:00.123Z" };
  const { pages } = await pollAgainst(() => page([wiped]));
  expect(observed(pages)).toEqual([{ id: ada.id, gone: true, at: "2026-04-01T00:00:00.123Z" }]);
});

test.each([true, "yesterday", "", 0])(
  "a tombstone that says %j is set aside: it might be none",
  async (at) => {
    const { pages, error } = await pollAgainst(() => page([{ ...ada, remote_deleted_at: at }, { id: "b" }]));
    expect(error).toBeNull();
    expect(observed(pages)).toEqual([{ id: "b", present: true }]);
    expect(rejectedIn(pages)).toEqual([
      {
        raw: expect.objectContaining({ id: ada.id }),
        accountId: ada.id,
        reason: "remote_deleted_at is not a time",
      },
    ]);
  },
);

test("an absent remote_deleted_at is as good as null", async () => {
  const { pages } = await pollAgainst(() => page([{ id: ada.id, first_name: "Ada" }]));
  expect(observed(pages)).toMatchObject([{ document: { displayName: "Ada" } }]);
});

test("an empty `next` ends the list", async () => {
  const { asked, cursor, error } = await pollAgainst(() => page([ada], ""));
  expect([error, asked.length]).toEqual([null, 1]);
  expect(cursor).toMatchObject({ pass: null });
});

test.each([
  ["without `next`", { status: "success", data: { results: [ada] } }],
  ["with a number for `next`", page([ada], 2)],
  ["without results", { status: "success", data: { next: null } }],
  ["with an object for results", { status: "success", data: { next: null, results: {} } }],
  ["without data", { status: "success" }],
  ["that is a list", [ada]],
])("a page %s halts the source and moves nothing", async (_name, answer) => {
  const { pages, error } = await pollAgainst(() => answer);
  expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNEXPECTED" });
  expect(pages).toEqual([]);
});

test("an empty page that is followed by others is legal", async () => {
  const { pages, error } = await pollAgainst((query) =>
    query.get("cursor") === null ? page([], "second") : page([ada]),
  );
  expect(error).toBeNull();
  expect(observed(pages)).toHaveLength(1);
});

test.each([
  ["the same cursor again and again", () => "same"],
  ["ever new cursors", (round: number) => `cursor-${round}`],
])(
  "a list that repeats its pages, with %s, starts again instead of being read for ever",
  async (_name, nextOf) => {
    let round = 0;
    const circle = () => page([{ ...ada, id: `user-${round++ % 3}` }], nextOf(round));
    const polled = await pollAgainst(circle);
    expect(polled.error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAVAILABLE" });
    expect(polled.cursor).toEqual(idle);
    expect(polled.asked.length).toBeLessThan(12);
    round = 0;
    const swept = await sweepAgainst(circle);
    expect(swept.error).toMatchObject({ code: "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE" });
  },
);

test("changed_at in the future moves the watermark no further than the clocks", async () => {
  const { cursor } = await pollAgainst(() => page([{ ...ada, changed_at: "2999-01-01T00:00:00.000Z" }]));
  expect(cursor).toEqual({ watermark: "2026-05-01T12:00:00.000Z", pass: null });
});

test.each([
  [{ region: "eu" }, "https://api.kombo.dev/v1"],
  [{ region: "us" }, "https://api.us.kombo.dev/v1"],
  [{}, "https://api.kombo.dev/v1"],
  [{ baseUrl: "http://127.0.0.1:1/v1/" }, "http://127.0.0.1:1/v1"],
])("settings %j lead to %s", async (where, root) => {
  const { context } = scriptedHttp(() => page([]));
  const urls: string[] = [];
  const http = {
    ...context.http,
    request: (request: { url: string }) => {
      urls.push(request.url);
      return context.http.request(request);
    },
  };
  await stepsOf(kombo.poll({ ...context, http, settings: { ...settings, ...where }, cursor: idle }));
  expect(urls).toEqual([expect.stringMatching(new RegExp(`^${root}/ats/users\\?`))]);
});

test("an integration id without its tool is a fault of the settings", () => {
  expect(() => kombo.checkSettings({ ...settings, integrationId: "HWUTwvyx2wLoSUHphiWVrp28" })).toThrow(
    "an integration id looks like workday:HWUTwvyx2wLoSUHphiWVrp28",
  );
});

test.each([
  ["in HTML", "<h1>Not found</h1>"],
  ["in JSON that is not Kombo's", { message: "no such route" }],
  ["about the integration", { status: "error", error: { code: "PLATFORM.INTEGRATION_NOT_FOUND" } }],
])("a 404 %s for a look-up deletes nobody", async (_name, refusal) => {
  const { context } = scriptedHttp(
    (query) => (query.has("ids") ? refusal : page([ada])),
    (query) => (query.has("ids") ? 404 : 200),
  );
  await expect(kombo.get(["b".repeat(24)], { ...context, settings })).rejects.toMatchObject({
    code: expect.stringMatching(/^TIDEMARK_UPSTREAM_(UNEXPECTED|REJECTED_REQUEST)$/),
  });
});

test.each([
  ["a code that is known", "PLATFORM.AUTHENTICATION_INVALID"],
  ["a code that nobody knows", "PLATFORM.NEW"],
])("a key that is echoed in %s is not told", async (_name, code) => {
  const { context } = scriptedHttp(
    () => ({ status: "error", error: { code, message: "there is no key k3y-1" } }),
    () => 401,
  );
  const http = { ...context.http, redact: (text: string) => text.replaceAll("k3y-1", "***") };
  const { error } = await stepsOf(kombo.poll({ ...context, http, settings, cursor: idle }));
  expect(String(error)).toContain(`${code}: there is no key ***`);
  expect(String(error)).not.toContain("k3y-1");
});
