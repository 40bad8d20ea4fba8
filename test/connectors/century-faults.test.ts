import { afterEach, expect, test } from "vitest";
import { centuryUpstream, closeUpstreams } from "./century-upstream.ts";

afterEach(closeUpstreams);

test("a wrong key costs one request and is not shown", async () => {
  const up = await centuryUpstream({}, { apiKey: "wr0ng-key" });
  const { error } = await up.sweep(null);
  expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAUTHORIZED" });
  expect(String(error)).toMatch(/GET http:\S+\/api\/v1\/users answered 401: Unauthorized/);
  expect(await up.control.requests()).toHaveLength(1);
  expect(JSON.stringify([String(error), up.log.lines])).not.toContain("wr0ng");
});
