import { afterEach, expect, test } from "vitest";
import type { Fault } from "../../src/sandbox/upstreams/protocol.ts";
import { lastCursor, observed, rejectedIn } from "../support/connector-harness.ts";
import { bambooHrUpstream, closeUpstreams, loadedBambooHr } from "./bamboohr-upstream.ts";

afterEach(closeUpstreams);

test.each<[string, Fault, string]>([
  ["403", { kind: "403" }, "TIDEMARK_UPSTREAM_FORBIDDEN"],
  ["500", { kind: "500" }, "TIDEMARK_UPSTREAM_UNAVAILABLE"],
  ["an empty body", { kind: "empty-body" }, "TIDEMARK_UPSTREAM_UNEXPECTED"],
  ["an undocumented shape", { kind: "wrong-shape" }, "TIDEMARK_UPSTREAM_UNEXPECTED"],
])("a feed that answers with %s moves no cursor", async (_name, fault, code) => {
  const up = await loadedBambooHr();
  await up.control.inject({ path: "changed", times: 99, ...fault });
  const { pages, error } = await up.poll(up.cursor);
  expect(error).toMatchObject({ code });
  expect(pages).toEqual([]);
});

test("a wrong key is tried once: more would lock it", async () => {
  const up = await bambooHrUpstream({}, { apiKey: "wr0ng" });
  const { error } = await up.poll(null);
  expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAUTHORIZED" });
  expect(await up.control.requests()).toHaveLength(1);
  expect(JSON.stringify([String(error), up.log.lines])).not.toContain("wr0ng");
});

test("a refusal is told with BambooHR's own words from its header", async () => {
  const fields = Array.from({ length: 400 }, (_, index) => `custom${index}`);
  const many = await bambooHrUpstream({ accounts: 3 }, { fields: [...fields.slice(1), "a,b"] });
  expect(String((await many.poll(null)).error)).toMatch(/answered 400 \(request \S+\): More than 400 fields/);
});

test("an empty answer is no news: neither the watermark nor anything else moves", async () => {
  const up = await loadedBambooHr();
  await up.control.mutate({ update: 2 });
  const first = lastCursor((await up.poll(up.cursor)).pages) as { latest: string; since: string };
  await up.control.inject({ kind: "empty-answer", path: "changed" });
  const { pages, error } = await up.poll(first);
  expect(error).toBeNull();
  expect(lastCursor(pages)).toMatchObject({ latest: first.latest, since: first.since });
});

test("an entry with a broken id is set aside, unknown words count as updates", async () => {
  const up = await loadedBambooHr();
  const changed = await up.control.mutate({ update: 3, tie: true });
  await up.control.inject({ kind: "item-with-nul", path: "changed" });
  const broken = await up.poll(up.cursor);
  expect(rejectedIn(broken.pages)).toHaveLength(1);
  await up.control.inject({ kind: "unknown-members", path: "changed" });
  const strange = await up.poll(up.cursor);
  expect(observed(strange.pages).map(({ id }) => id)).toEqual(
    expect.arrayContaining(changed.map(({ id }) => id)),
  );
  expect(strange.error).toBeNull();
});

test("an employee that comes back as another or without id is set aside", async () => {
  const up = await loadedBambooHr();
  await up.control.mutate({ update: 1 });
  await up.control.inject({ kind: "item-without-id", path: String.raw`employees/\d+` });
  const { pages } = await up.poll(up.cursor);
  expect(rejectedIn(pages)).toMatchObject([
    { raw: expect.anything(), reason: expect.stringContaining("has no id") },
  ]);
});

test("JSON is asked for on every call, with the key sent unasked", async () => {
  const up = await bambooHrUpstream({ accounts: 2 });
  await up.poll(null);
  const requests = await up.control.requests();
  expect(requests.map(({ path }) => path.split("/").at(-1))).toEqual(["changed", "custom", "1", "2"]);
  for (const { headers, status } of requests) {
    expect(status).toBe(200);
    expect(headers).toMatchObject({ accept: "application/json", authorization: `Basic ${btoa("key:x")}` });
  }
});
