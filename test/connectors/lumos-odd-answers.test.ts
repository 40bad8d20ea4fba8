import { describe, expect, test } from "vitest";
import { lumos } from "../../src/connectors/lumos/index.ts";
import { RetryableError } from "../../src/core/errors.ts";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import type { HttpRequest, HttpResponse } from "../../src/ports/http.ts";
import { memoryGrants } from "../../src/sdk/testing/memory-grants.ts";
import { impatientClock, observed, recordingLog } from "../support/connector-harness.ts";
import { stepsOf } from "../support/scripted-http.ts";

interface Call {
  capability: string;
  request: JsonObject;
  page?: { token?: string };
}

type Answering = (call: Call) => JsonObject | { status: number; text: string };

/** What no simulator does: passes against answers written by hand; those that are not objects come as they are, with their status. */
function contextOf(answer: Answering) {
  const log = recordingLog();
  const asked: Call[] = [];
  const context = {
    settings: { baseUrl: "http://upstream", auth: { token: { token: "a-secret-token" } } },
    clock: impatientClock(),
    log,
    signal: new AbortController().signal,
    tokens: { get: async () => "token", forget() {}, grants: memoryGrants(impatientClock()) },
    http: {
      redact: (text: string) => text,
      async request({ url, body = "", judge }: HttpRequest): Promise<HttpResponse> {
        const call = {
          capability: url.split("/").at(-1) ?? "",
          ...(JSON.parse(body) as Omit<Call, "capability">),
        };
        asked.push(call);
        const given = answer(call);
        const { status, text } =
          typeof given["text"] === "string"
            ? (given as { status: number; text: string })
            : { status: 200, text: JSON.stringify(given) };
        const headers = { date: "Fri, 01 May 2026 12:00:00 GMT" };
        const response = {
          status,
          headers,
          body: text,
          summary: `POST ${url} answered ${status}`,
          json: () => JSON.parse(text) as unknown,
        };
        const verdict = judge?.(response) ?? "answer";
        if (typeof verdict === "string") return response;
        throw new RetryableError("TIDEMARK_UPSTREAM_UNAVAILABLE", verdict.text);
      },
    },
  };
  return { context, asked, log };
}

const finished = {
  cursor: "before",
  since: "2026-05-01T10:00:00.000Z",
  recency: null,
  polledAt: "2026-05-01T11:00:00.000Z",
  askRecencyAt: "2999-01-01T00:00:00.000Z",
  limits: {},
  pass: null,
};

async function pollAgainst(answer: Answering, cursor: JsonValue = finished) {
  const { context, asked, log } = contextOf(answer);
  const { pages, error } = await stepsOf(lumos.poll({ ...context, cursor }));
  return { pages, asked, log, error, cursor: (pages.at(-1)?.cursor ?? null) as JsonObject | null };
}

const account = (id: string): JsonObject => ({ integration_specific_id: id });
const failed = (error_code: string): JsonObject => ({
  is_error: true,
  error: { error_code, message: "No", app_id: "x" },
});

describe("an answer without accounts is never taken for no change", () => {
  test.each<[string, JsonObject | { status: number; text: string }]>([
    ["a response without `accounts`", { response: { cursor: "next" } }],
    ["`accounts` that is null", { response: { accounts: null, cursor: "next" } }],
    ["a list in place of the object", { response: [account("a")] }],
    ["no response", { page: null }],
    ["a response that is null", { response: null }],
    ["a list", { status: 200, text: "[]" }],
    ["a text", { status: 200, text: '"ok"' }],
    ["a 204", { status: 204, text: "" }],
    ["a 302", { status: 302, text: "" }],
    ["a 405", { status: 405, text: '{"detail":"Method Not Allowed"}' }],
    ["a page of HTML that was not found", { status: 404, text: "<html></html>" }],
  ])("%s", async (_what, answer) => {
    const { pages, error } = await pollAgainst(() => answer);
    expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNEXPECTED" });
    expect(pages).toEqual([]);
  });
});

test("an error counts as one whatever its status, and whether or not it says so", async () => {
  const text = JSON.stringify(failed("permission_denied"));
  const { error: _error, ...rest } = failed("x");
  for (const answer of [{ status: 422, text }, { error: { error_code: "permission_denied" } }]) {
    expect((await pollAgainst(() => answer)).error).toMatchObject({ code: "TIDEMARK_UPSTREAM_FORBIDDEN" });
  }
  expect((await pollAgainst(() => rest)).error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAVAILABLE" });
});

test.each([
  [401, "TIDEMARK_UPSTREAM_UNAUTHORIZED"],
  [403, "TIDEMARK_UPSTREAM_FORBIDDEN"],
  [422, "TIDEMARK_UPSTREAM_REJECTED_REQUEST"],
])("the host's own %i halts, and what it echoes is kept quiet", async (status, code) => {
  const { error } = await pollAgainst(() => ({ status, text: '{"detail":"got a-secret-token"}' }));
  expect(error).toMatchObject({ code });
  expect(String(error)).toContain("got ***");
});

test("empty tokens and cursors are none, and nulls are as good as nothing", async () => {
  const { asked, pages, cursor, error } = await pollAgainst(() => ({
    response: { accounts: [account("a")], cursor: "" },
    raw_data: null,
    rate_limit: null,
    is_error: null,
    error: null,
    page: { token: "", size: 100 },
  }));
  expect(error).toBeNull();
  expect(asked).toHaveLength(1);
  expect(observed(pages).map(({ id }) => id)).toEqual(["a"]);
  expect(cursor).toMatchObject({ cursor: "before", pass: null });
});

test("the last cursor of a pass is the one that counts, on whichever page it came", async () => {
  const cursors: Record<string, string | null> = { first: "one", second: "two", third: null };
  const next: Record<string, string> = { first: "second", second: "third" };
  const { cursor } = await pollAgainst(({ page }) => {
    const name = page?.token ?? "first";
    return { response: { accounts: [], cursor: cursors[name] ?? null }, page: { token: next[name] ?? null } };
  });
  expect(cursor).toMatchObject({ cursor: "two", pass: null });
});

test("an upstream whose clock runs behind never takes the time to go on from back", async () => {
  const ahead = { ...finished, since: "2026-05-01T11:30:00.000Z" };
  const { cursor } = await pollAgainst(() => ({ response: { accounts: [account("t1")] } }), ahead);
  expect(cursor).toMatchObject({ since: ahead.since });
  const behind = await pollAgainst(() => ({ response: { accounts: [account("t1")] } }));
  expect(behind.cursor).toMatchObject({ since: "2026-05-01T11:00:00.000Z" });
});

test("an answer without accounts and without a cursor leaves the time to go on from where it is", async () => {
  const { cursor } = await pollAgainst(() => ({ response: { accounts: [] } }));
  expect(cursor).toMatchObject({ since: finished.since });
});

describe("pages that lead in a circle", () => {
  const circle = ({ page }: Call): JsonObject => {
    const token = `t${(Number(page?.token?.slice(1) ?? "0") % 7) + 1}`;
    return { response: { accounts: [account(token)], cursor: "next" }, page: { token } };
  };

  test("end a pass, which starts again and keeps the old cursor", async () => {
    const { error, asked, cursor } = await pollAgainst(circle);
    expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAVAILABLE" });
    expect(asked.length).toBeLessThan(25);
    expect(cursor).toMatchObject({
      cursor: "before",
      pass: { walk: { token: null }, request: { cursor: "before" } },
    });
  });

  test("never complete a sweep", async () => {
    const { context } = contextOf((call) => {
      if (call.capability === "info") return { response: { capabilities: ["list_accounts"] } };
      const { page } = circle(call);
      return { response: [account("a")], page: page ?? null };
    });
    const { error } = await stepsOf(lumos.sweep({ ...context, position: null }));
    expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE" });
  });
});

test("a page that is refused by another name than its token starts the pass again once, then halts", async () => {
  const answer = ({ page }: Call): JsonObject =>
    page?.token === undefined ? { response: { accounts: [] }, page: { token: "t" } } : failed("bad_request");
  const first = await pollAgainst(answer);
  expect(first.error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAVAILABLE" });
  const second = await pollAgainst(answer, first.cursor);
  expect(second.error).toMatchObject({ code: "TIDEMARK_UPSTREAM_REJECTED_REQUEST" });
  // Whoever resumes it does not meet the same token again.
  expect(second.cursor).toMatchObject({ pass: { walk: { token: null } } });
});

test("a connector that reaches back neither by cursor nor to a time is asked for all there is", async () => {
  const { asked, error, log } = await pollAgainst(({ request }) =>
    "cursor" in request || "since" in request
      ? failed("invalid_value")
      : { response: { accounts: [account("a")] } },
  );
  expect(error).toBeNull();
  expect(asked.map(({ request }) => Object.keys(request))).toEqual([["cursor"], ["since"], []]);
  expect(log.lines.map(({ message }) => message)).toEqual(["lumos.cursor.refused", "lumos.cursor.refused"]);
});

test.each<[string, JsonObject]>([
  ["null", { response: { data: { list_updated_accounts: null } } }],
  ["garbage", { response: { data: { list_updated_accounts: "yesterday" } } }],
])("freshness that is %s leaves no poll out, and is asked for again", async (_what, recency) => {
  const cursor = { ...finished, askRecencyAt: null, polledAt: new Date().toISOString() };
  const { cursor: next, asked } = await pollAgainst(
    ({ capability }) => (capability === "get_data_recency" ? recency : { response: { accounts: [] } }),
    cursor,
  );
  expect(asked.map(({ capability }) => capability)).toEqual(["get_data_recency", "list_updated_accounts"]);
  expect(next).toMatchObject({ askRecencyAt: null, recency: null });
});

test("data that claims to be of the future takes no time to go on from there, and the log tells of it", async () => {
  const recency = "2099-01-01T00:00:00.000Z";
  const { cursor, log } = await pollAgainst(
    ({ capability }) =>
      capability === "get_data_recency"
        ? { response: { data: { list_updated_accounts: recency } } }
        : { response: { accounts: [account("a")] } },
    { ...finished, askRecencyAt: null },
  );
  expect(cursor).toMatchObject({ since: "2026-05-01T11:00:00.000Z", pass: null });
  expect(log.lines).toContainEqual(expect.objectContaining({ message: "lumos.timestamp.ahead" }));
});
