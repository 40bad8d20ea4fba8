import { afterEach, describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import { connectedLane } from "../support/connected-lane.ts";
import { bambooHrUpstream } from "./bamboohr-upstream.ts";
import { komboUpstream } from "./kombo-upstream.ts";
import { lumosUpstream } from "./lumos-upstream.ts";
import { restUpstream } from "./rest-upstream.ts";
import { sailPointUpstream } from "./sailpoint-upstream.ts";
import { closeUpstreams } from "./simulated-upstream.ts";

afterEach(closeUpstreams);

const hourMs = 3_600_000;

const upstreams = {
  sailpoint: () => sailPointUpstream({ accounts: 40 }),
  "sailpoint without a filter": () => sailPointUpstream({ accounts: 40, behaviour: { contract: "seed" } }),
  bamboohr: () => bambooHrUpstream({ accounts: 40 }),
  kombo: () => komboUpstream({ accounts: 40 }),
  lumos: () => lumosUpstream({ accounts: 40, behaviour: { showsDeleted: true } }),
  "lumos without cursors": () =>
    lumosUpstream({ accounts: 40, behaviour: { cursorOn: "never", showsDeleted: true } }),
  rest: () => restUpstream({ style: "page" }, { accounts: 40 }),
  "rest by cursor": () => restUpstream({ style: "cursor" }, { accounts: 40 }),
};

/** A member that documents show; `email` elsewhere. */
const members: Record<string, string> = { sailpoint: "name", bamboohr: "workEmail" };

async function loaded(open: (typeof upstreams)[keyof typeof upstreams]) {
  const up = await open();
  const feed = { ...up, ...(await connectedLane(up.connector, up)) };
  await feed.turn("poll");
  await feed.pass(2 * hourMs);
  return feed;
}

describe.each(Object.entries(upstreams))("%s", (name, open) => {
  const member = members[name.split(" ")[0] ?? ""] ?? "email";

  test("what becomes visible when polls have passed its time is found by a look-back, once", async () => {
    const feed = await loaded(open);
    const [one = "", two = "", three = ""] = await feed.ids();
    const changes = [one, two].map((id) => ({
      op: "update" as const,
      id,
      changes: { [member]: "x@acme.example" },
    }));
    const lagMs = 4 * hourMs;
    const late = [
      ...(await feed.control.mutate({ insert: 1, changes, lagMs })),
      ...(feed.connector.deletes === "tombstones"
        ? await feed.control.mutate({ changes: [{ op: "delete", id: three }], lagMs })
        : []),
    ];
    for (let round = 0; round < 3; round += 1) {
      await feed.pass(2 * hourMs);
      const inTime = await feed.control.mutate({ insert: 1 });
      expect(await feed.turn("poll")).toMatchObject(inTime.map(({ id }) => ({ accountId: id })));
    }
    const { cursor } = feed.lane.source;
    const found = await feed.turn("look-back");
    expect(found.map(({ accountId }) => accountId).sort()).toEqual(late.map(({ id }) => id).sort());
    expect(await feed.turn("look-back")).toEqual([]);
    expect(feed.lane.source).toMatchObject({ cursor, state: "running" });
    expect(await feed.turn("poll")).toEqual([]);
  });

  test("an account that was deleted and is back is not deleted again by what is read again", async () => {
    const feed = await loaded(open);
    const [gone] = await feed.control.mutate({ delete: 1 });
    await feed.turn("poll");
    await feed.turn("sweep");
    await feed.pass(2 * hourMs);
    await feed.control.mutate({ changes: [{ op: "insert", id: gone?.id ?? "" }] });
    expect(await feed.turn("poll")).toMatchObject([{ op: "inserted", accountId: gone?.id, version: 3 }]);
    await feed.pass(2 * hourMs);
    expect(await feed.turn("look-back")).toEqual([]);
  });
});

test("before the first poll has ended there is nothing to look back from", async () => {
  for (const open of Object.values(upstreams)) {
    const { connector } = await open();
    const unfinished: Record<string, JsonObject> = {
      sailpoint: { watermark: null, strategy: "filter", pass: null },
      bamboohr: { latest: null, since: null, seen: [], pass: null },
      kombo: { watermark: null, pass: null },
      lumos: {
        cursor: null,
        since: null,
        recency: null,
        polledAt: null,
        askRecencyAt: null,
        limits: {},
        pass: null,
      },
      rest: { watermark: null, pass: null },
    };
    expect(connector.lookBack?.from(unfinished[connector.name] ?? null, hourMs)).toBeNull();
  }
});
