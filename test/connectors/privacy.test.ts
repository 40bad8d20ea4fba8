import { afterEach, expect, test } from "vitest";
import { accountDocument } from "../../src/core/account.ts";
import { connectedLane } from "../support/connected-lane.ts";
import { bambooHrUpstream } from "./bamboohr-upstream.ts";
import { centuryUpstream } from "./century-upstream.ts";
import { komboUpstream } from "./kombo-upstream.ts";
import { lumosUpstream } from "./lumos-upstream.ts";
import { restUpstream } from "./rest-upstream.ts";
import { sailPointUpstream } from "./sailpoint-upstream.ts";
import { closeUpstreams } from "./simulated-upstream.ts";

afterEach(closeUpstreams);

const onlyStatus = { strict: true, keep: ["status"], drop: [], mask: [], hash: [] };

test.each([
  ["sailpoint", sailPointUpstream],
  ["bamboohr", bambooHrUpstream],
  ["kombo", komboUpstream],
  ["lumos", lumosUpstream],
  ["century", centuryUpstream],
  ["rest", (options: { accounts: number }) => restUpstream({ style: "page" }, options)],
])("with strict rules nothing but id and status is left of any account: %s", async (_name, start) => {
  const up = await start({ accounts: 30 });
  const { lane, store, turn, events } = await connectedLane(up.connector, up, { privacy: onlyStatus });
  const isPolled = lane.source.everyMs !== null;
  if (isPolled) await turn("poll");
  await up.control.mutate({ insert: 2, update: 5, delete: 1 });
  await turn("sweep");
  await up.control.inject({ kind: "item-without-id" });
  await turn(isPolled ? "poll" : "sweep");
  const seen = await events();
  expect(seen.length).toBeGreaterThanOrEqual(30);
  const documents = seen.flatMap(({ before, after }) => [before, after]).filter((one) => one !== null);
  const bare = { ...accountDocument({ id: "" }, {}), id: expect.any(String), status: expect.any(String) };
  for (const document of documents) expect(document).toEqual(bare);
  for (const { raw } of store.state.quarantine.values()) expect(raw).toEqual({});
});
