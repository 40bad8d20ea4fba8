import { expect, test } from "vitest";
import type { JournalledEvent } from "./check-journal.ts";
import { falseDeletes } from "./false-deletes.ts";
import { watchedSailPoint } from "./watched-upstreams.ts";

const deleted = (key: string): JournalledEvent => ({
  shard: 0,
  seq: "1",
  version: 2,
  op: "deleted",
  topic: "accounts",
  key,
  value: "{}",
  hash: "",
  batchNonce: "1",
  observedAt: new Date(0),
});

test("a delete that did not happen upstream is found, and one that did is not", async () => {
  const upstream = await watchedSailPoint({ accounts: 3, seed: 1, source: "hr" });
  const [gone, living] = (await upstream.control.truth()).accounts.map(({ id }) => id);
  await upstream.control.mutate({ changes: [{ op: "delete", id: gone ?? "" }] });

  const rows = [deleted(`hr/${gone}`), deleted(`hr/${living}`)];
  expect(await falseDeletes(rows, [upstream])).toEqual([
    `I5 state: hr/${living} is deleted 1 times, upstream 0 times`,
  ]);
  expect(await falseDeletes(rows.slice(0, 1), [upstream])).toEqual([]);
});
