import { expect, test } from "vitest";
import { century } from "../../src/connectors/century/index.ts";
import type { JsonValue } from "../../src/core/json.ts";
import { observed } from "../support/connector-harness.ts";
import { scriptedHttp, stepsOf } from "../support/scripted-http.ts";

const settings = { apiKey: "key" };
const user = (name: string) => ({ userId: name });
const page = (data: JsonValue[], pagination: JsonValue) => ({ data, pagination });

function against(
  answer: (query: URLSearchParams) => JsonValue,
  statusOf?: (query: URLSearchParams) => number,
) {
  const { context, asked } = scriptedHttp(answer, statusOf);
  return {
    asked,
    sweep: () => stepsOf(century.sweep({ ...context, settings, position: null })),
  };
}

test.each([
  ["null", { total: 1, nextCursor: null }],
  ["absent", { total: 1 }],
  ["empty", { total: 1, nextCursor: "" }],
])("a nextCursor that is %s ends the list", async (_name, pagination) => {
  const up = against(() => page([user("a")], pagination));
  expect(await up.sweep()).toMatchObject({ pages: [{ position: { isRead: true } }], error: null });
  expect(up.asked).toHaveLength(1);
});

test.each([
  ["without pagination", { data: [user("a")] }],
  ["with a number for a cursor", page([user("a")], { total: 1, nextCursor: 7 })],
  ["without data", { pagination: { total: 0, nextCursor: null } }],
  ["that is a list", [user("a")]],
])("a page %s halts the source and moves nothing", async (_name, answer) => {
  expect(await against(() => answer).sweep()).toMatchObject({
    pages: [],
    error: { code: "TIDEMARK_UPSTREAM_UNEXPECTED" },
  });
});

test.each([undefined, null, "1", -1, 1.5])(
  "a total of %j proves nothing, but hides nobody",
  async (total) => {
    const pagination = { nextCursor: null, ...(total === undefined ? {} : { total }) };
    const up = against(() => page([user("a")], pagination));
    const { pages, error } = await up.sweep();
    expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE" });
    expect(observed(pages)).toHaveLength(1);
  },
);

test.each([
  ["the same page with the same cursor", () => ["a", "b"], () => "same"],
  ["the same page with ever new cursors", () => ["a", "b"], (round: number) => `cursor-${round}`],
  ["the same users in another order", (round: number) => (round % 2 ? ["a", "b"] : ["b", "a"]), () => "same"],
  ["empty pages for ever", () => [], () => "same"],
])("%s: is incomplete instead of being read for ever", async (_name, namesOf, nextOf) => {
  let round = 0;
  const up = against(() => {
    round++;
    return page(namesOf(round).map(user), { total: 2, nextCursor: nextOf(round) });
  });
  expect((await up.sweep()).error).toMatchObject({ code: "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE" });
  expect(up.asked.length).toBeLessThan(12);
});

test("a user that comes twice is counted once: the list is not complete by it", async () => {
  const pages = [
    page([user("a"), user("b")], { total: 4, nextCursor: "second" }),
    page([user("b"), user("c")], { total: 4, nextCursor: null }),
  ];
  const up = against((query) => pages[query.get("cursor") === null ? 0 : 1] ?? null);
  expect(String((await up.sweep()).error)).toContain("the list ended after 3 users, CENTURY counts 4");
});

test("an empty page that is followed by others is legal", async () => {
  const up = against((query) =>
    query.get("cursor") === null
      ? page([], { total: 1, nextCursor: "second" })
      : page([user("a")], { total: 1, nextCursor: null }),
  );
  const { pages, error } = await up.sweep();
  expect([error, observed(pages).length]).toEqual([null, 1]);
});

test("a last page that shows nobody new makes a sweep incomplete", async () => {
  const up = against((query) =>
    query.get("cursor") === null
      ? page([user("a"), user("b")], { total: 2, nextCursor: "second" })
      : page([user("b"), user("a")], { total: 2, nextCursor: null }),
  );
  expect(String((await up.sweep()).error)).toContain("a page shows nobody new");
});

test("a user without id makes a sweep incomplete although as many were seen as are counted", async () => {
  const up = against(() => page([user("a"), {}], { total: 1, nextCursor: null }));
  expect(String((await up.sweep()).error)).toContain("1 users have no usable id");
});

test("a cursor that is refused makes a sweep incomplete; a first page that is refused halts the source", async () => {
  const refused = (query: URLSearchParams) => (query.get("cursor") === null ? 200 : 400);
  const up = against(() => page([user("a")], { total: 2, nextCursor: "second" }), refused);
  expect((await up.sweep()).error).toMatchObject({ code: "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE" });
  const never = against(
    () => ({ message: "Bad request" }),
    () => 400,
  );
  expect(await never.sweep()).toMatchObject({
    pages: [],
    error: { code: "TIDEMARK_UPSTREAM_REJECTED_REQUEST" },
  });
});
