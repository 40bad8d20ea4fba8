import { afterEach, expect, test } from "vitest";
import { closeUpstreams, sailPointUpstream } from "./sailpoint-upstream.ts";

afterEach(closeUpstreams);

test("wrong credentials cost one request and are not shown", async () => {
  const up = await sailPointUpstream({}, { clientSecret: "wr0ng" });
  const { error } = await up.poll(null);
  expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAUTHORIZED" });
  expect(await up.control.requests()).toHaveLength(1);
  expect(JSON.stringify([String(error), up.log.lines])).not.toContain("wr0ng");
});

test("a refusal is told with the vendor's words and its tracking id", async () => {
  const up = await sailPointUpstream({}, { sourceIds: ["x"] });
  await up.control.inject({ kind: "403", path: "/v3/accounts" });
  const { error } = await up.sweep(null);
  expect(String(error)).toMatch(/GET http:\S+\/v3\/accounts answered 403: .+ \(tracking id .+\)/);
});

test("a token that ends during a pass is renewed without a refusal", async () => {
  const up = await sailPointUpstream({ accounts: 2_000, behaviour: { tokenSeconds: 1 } });
  const { error } = await up.poll(null, { beforeNext: () => up.clock.sleep(950) });
  expect(error).toBeNull();
  const requests = await up.control.requests();
  expect(requests.filter(({ path }) => path === "/oauth/token").length).toBeGreaterThan(3);
  expect(requests.filter(({ status }) => status === 401)).toEqual([]);
});
