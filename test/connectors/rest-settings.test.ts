import { afterEach, describe, expect, test, vi } from "vitest";
import { rest } from "../../src/connectors/rest/index.ts";
import { nextLink } from "../../src/connectors/rest/link-header.ts";
import { valueAt } from "../../src/connectors/rest/member-path.ts";
import { filled } from "../../src/connectors/rest/template.ts";
import { timeOf } from "../../src/connectors/rest/timestamp.ts";
import { ConfigError } from "../../src/core/errors.ts";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

const least = { baseUrl: "https://api.example.com", request: { path: "/users" } };

function faultsIn(settings: JsonObject): readonly string[] {
  try {
    rest.checkSettings(settings);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

describe("settings", () => {
  test("are few at least, and mean the same when they are checked again", () => {
    const checked = rest.checkSettings(least);
    expect(rest.checkSettings(checked)).toEqual(checked);
  });

  test("are polled only where they say how to ask what changed", () => {
    const request = { path: "/users", query: { since: "{{ since }}" } };
    expect(rest.canPoll(rest.checkSettings({ ...least, request, incremental: { path: "updated" } }))).toBe(
      true,
    );
    expect(rest.canPoll(rest.checkSettings(least))).toBe(false);
  });

  test("tell all their faults at once, with the nearest name", () => {
    const faults = faultsIn({
      baseUrl: "ftp://example.com",
      request: {
        path: "users",
        query: { since: "{{ sinse }}" },
        body: { deep: [{ at: "{{ now }}" }] },
        verb: "GET",
      },
      auth: { baerer: { token: "x" }, bearer: { token: "" } },
      pagination: { pages: {}, limit: 1 },
      acount: {},
      account: { status: { path: "state", values: { A: "actve" } } },
      incremental: { format: "epoch", overlap: "5 minutes", start: "yesterday" },
    });
    expect(faults).toEqual(
      expect.arrayContaining([
        "baseUrl: Invalid URL",
        "request.path: a path begins with / and has no query: that is what query is for",
        "request.query.since: {{ sinse }} cannot be filled in here; did you mean {{ since }}?",
        "request.body.deep: {{ now }} cannot be filled in here; known are since, page, offset, cursor, limit",
        "request.verb is not a known name; known are method, path, query, headers, body",
        "auth.baerer is not a known name; did you mean bearer?",
        "pagination.pages is not a known name; did you mean page?",
        "acount is not a known name; did you mean account?",
        "account.status.values.A must be one of active, inactive, suspended, pending, deleted, unknown; did you mean active?",
        "incremental.path: it is missing; write it like data.items, or as a list of names",
        "incremental.overlap: it must be a duration with its unit, such as 60s, 5m or 6h",
        "incremental.start: it must be a time, such as 2020-01-01T00:00:00Z",
      ]),
    );
  });

  test.each<[string, JsonObject, string]>([
    [
      "a cursor that is never asked for",
      { pagination: { cursor: { path: "next" } } },
      "request: pagination.cursor needs {{ cursor }} somewhere in it",
    ],
    [
      "a page without pages",
      { request: { path: "/users", query: { p: "{{ page }}" } } },
      "request: {{ page }} needs pagination.page",
    ],
    [
      "a limit without pages",
      { request: { path: "/users/{{ limit }}" } },
      "request: {{ limit }} needs pagination.limit",
    ],
    [
      "since without incremental",
      { request: { path: "/users", query: { since: "{{ since }}" } } },
      "request: {{ since }} needs incremental",
    ],
    [
      "incremental without since",
      { incremental: { path: "updated" } },
      "request: incremental needs {{ since }} somewhere in it",
    ],
    [
      "since in a path",
      { request: { path: "/users/{{ since }}" } },
      "request.path: {{ since }} cannot be filled in here; known are page, offset, limit",
    ],
    [
      "a body that is not sent",
      { request: { path: "/users", body: {} } },
      "request: a body needs method: POST",
    ],
    [
      "two kinds of credentials",
      { auth: { basic: { username: "a" }, bearer: { token: "b" } } },
      "auth: it must have exactly one of basic, header, bearer, oauth2; leave auth out where there is none",
    ],
    [
      "two styles of pages",
      { pagination: { linkHeader: {}, offset: {} } },
      "pagination: it must have exactly one of page, offset, cursor, nextUrl, linkHeader; leave pagination out where there is none",
    ],
    [
      "a sweep that asks for one page only",
      {
        request: { path: "/users", query: { p: "{{ page }}" } },
        pagination: { page: {} },
        sweep: { request: { query: {} } },
      },
      "sweep: pagination.page needs {{ page }} somewhere in it",
    ],
  ])("with %s are refused", (_name, settings, fault) => {
    expect(faultsIn({ ...least, ...settings })).toContain(fault);
  });
});

test.each<[string, JsonValue, JsonValue | undefined]>([
  ["a number alone", "{{ page }}", 2],
  ["a number among others", "page-{{page}}-of {{ limit }}", "page-2-of 50"],
  ["no value", "{{ cursor }}", undefined],
  ["no value among others", "after {{ cursor }}, {{ page }}", undefined],
  [
    "members",
    { page: { size: "{{ limit }}", after: "{{ cursor }}" }, all: true },
    { page: { size: 50 }, all: true },
  ],
  ["lists", ["{{ page }}", "{{ cursor }}", null], [2, null]],
])("a template with %s is filled in", (_name, template, expected) => {
  expect(filled(template, { page: 2, limit: 50 })).toEqual(expected);
});

test.each<[string | string[], JsonValue | undefined]>([
  ["a.b", 1],
  [["a.b"], 2],
  ["list.1.id", 4],
  ["list.5.id", undefined],
  ["list.length", undefined],
  ["a.b.c", undefined],
  ["constructor", undefined],
])("the member at %o is %o", (path, expected) => {
  expect(valueAt({ a: { b: 1 }, "a.b": 2, list: [{ id: 3 }, { id: 4 }] }, path)).toBe(expected);
});

test.each<[JsonValue | undefined, string | null]>([
  ["2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678Z"],
  ["2026-01-02T03:04:05.678912+01:00", "2026-01-02T02:04:05.678Z"],
  ["2026-01-02 03:04:05", "2026-01-02T03:04:05.000Z"],
  ["2026-01-02", "2026-01-02T00:00:00.000Z"],
  [1_767_323_045, "2026-01-02T03:04:05.000Z"],
  [1_767_323_045.678, "2026-01-02T03:04:05.678Z"],
  [1_767_323_045_678, "2026-01-02T03:04:05.678Z"],
  ["1767323045678", "2026-01-02T03:04:05.678Z"],
  ["soon", null],
  ["", null],
  [1e300, null],
  [null, null],
  [undefined, null],
])("%o as a time is %s, wherever the worker runs", (value, expected) => {
  vi.stubEnv("TZ", "Asia/Tokyo");
  expect(new Date(0).getHours()).toBe(9);
  expect(timeOf(value)).toBe(expected);
});

test.each<[string | undefined, string | null]>([
  ['<https://a.example/u?p=2>; rel="next"', "https://a.example/u?p=2"],
  [
    '<https://a.example/1>; rel="first", <https://a.example/u?p=2,3>; title="a, b; rel=last"; rel="prev next"',
    "https://a.example/u?p=2,3",
  ],
  ["</u?p=2>; rel=next; foo=bar", "/u?p=2"],
  ['<https://a.example/1>; rel="last"', null],
  [undefined, null],
])("the next page in the header Link %o is %o", (header, expected) => {
  expect(nextLink(header)).toBe(expected);
});
