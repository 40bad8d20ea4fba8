import { afterEach, describe, expect, test } from "vitest";
import type { JsonValue } from "../../src/core/json.ts";
import type { Fault } from "../../src/sandbox/upstreams/protocol.ts";
import { observed } from "../support/connector-harness.ts";
import { bambooHrUpstream } from "./bamboohr-upstream.ts";
import { centuryUpstream } from "./century-upstream.ts";
import { komboUpstream } from "./kombo-upstream.ts";
import { lumosUpstream } from "./lumos-upstream.ts";
import { restUpstream } from "./rest-upstream.ts";
import { sailPointUpstream } from "./sailpoint-upstream.ts";
import { closeUpstreams } from "./simulated-upstream.ts";

afterEach(closeUpstreams);

type Upstream = Pick<Awaited<ReturnType<typeof centuryUpstream>>, "connector" | "poll" | "sweep" | "ids"> & {
  control: Pick<Awaited<ReturnType<typeof centuryUpstream>>["control"], "inject" | "clearFaults">;
};

/** `pages`: a pattern of the path of what comes in pages. */
const upstreams: readonly { name: string; open: () => Promise<Upstream>; pages: string }[] = [
  { name: "sailpoint", open: () => sailPointUpstream(), pages: "/v3/accounts" },
  { name: "bamboohr", open: () => bambooHrUpstream(), pages: "" },
  { name: "kombo", open: () => komboUpstream(), pages: "/users" },
  { name: "lumos", open: () => lumosUpstream({}, { pageSize: 100 }), pages: "/list_" },
  { name: "century", open: () => centuryUpstream(), pages: "/users" },
  { name: "rest", open: () => restUpstream({ style: "cursor" }), pages: "/users" },
];

/** One pass forward: a poll, or a sweep where the upstream cannot be asked what changed. */
async function read(up: Upstream, place: JsonValue) {
  const { pages, error } =
    up.connector.defaults.sweepEveryMs === null ? await up.sweep(place) : await up.poll(place);
  const last = pages.at(-1);
  const next = last === undefined ? place : "cursor" in last ? last.cursor : last.position;
  return { pages: pages.length, ids: observed(pages).map(({ id }) => id), next, error };
}

describe.each(upstreams)("$name, in its own words:", ({ open, pages }) => {
  test.each<[string, Fault]>([
    ["a 429 with seconds", { kind: "429", retryAfter: "seconds", retryAfterSeconds: 2 }],
    ["a 429 with a date", { kind: "429", retryAfter: "date", retryAfterSeconds: 2 }],
    ["a 429 with neither", { kind: "429", retryAfter: "none", times: 2 }],
    ["a 500 in HTML", { kind: "500", times: 3 }],
    ["a 502 in HTML", { kind: "502" }],
    ["a 503 in HTML", { kind: "503", times: 2 }],
    ["a 503 that asks for a pause", { kind: "503", retryAfter: "seconds", retryAfterSeconds: 2 }],
    ["resets", { kind: "reset", times: 3 }],
    ["bodies cut in half", { kind: "truncated", times: 2 }],
  ])("%s in the middle of a pass leaves no trace", async (_fault, fault) => {
    const up = await open();
    await up.control.inject({ path: pages, after: 1, ...fault });
    const { ids, error } = await read(up, null);
    expect(error).toBeNull();
    expect(new Set(ids)).toEqual(new Set(await up.ids()));
  });
});

// What BambooHR has is asked for one by one: its own file tells.
const paged = upstreams.filter(({ name }) => name !== "bamboohr");

describe.each(paged)("$name, in its own words:", ({ open, pages }) => {
  test.each<[string, Fault, string]>([
    ["401", { kind: "401" }, "TIDEMARK_UPSTREAM_UNAUTHORIZED"],
    ["403", { kind: "403" }, "TIDEMARK_UPSTREAM_FORBIDDEN"],
    ["429", { kind: "429", retryAfter: "none" }, "TIDEMARK_UPSTREAM_THROTTLED"],
    ["500", { kind: "500" }, "TIDEMARK_UPSTREAM_UNAVAILABLE"],
    ["503", { kind: "503" }, "TIDEMARK_UPSTREAM_UNAVAILABLE"],
    ["a reset", { kind: "reset" }, "TIDEMARK_UPSTREAM_UNAVAILABLE"],
    ["a body cut in half", { kind: "truncated" }, "TIDEMARK_UPSTREAM_UNAVAILABLE"],
    ["an empty body", { kind: "empty-body" }, "TIDEMARK_UPSTREAM_UNEXPECTED"],
    ["an undocumented shape", { kind: "wrong-shape" }, "TIDEMARK_UPSTREAM_UNEXPECTED"],
  ])("%s again and again ends the pass with the page before it kept", async (_fault, fault, code) => {
    const up = await open();
    await up.control.inject({ path: pages, after: 1, times: 99, ...fault });
    const first = await read(up, null);
    expect(first.error).toMatchObject({ code });
    expect(first.pages).toBe(1);
    await up.control.clearFaults();
    const rest = await read(up, first.next);
    expect(new Set([...first.ids, ...rest.ids])).toEqual(new Set(await up.ids()));
    expect(rest.error).toBeNull();
  });
});
