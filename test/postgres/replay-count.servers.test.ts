import { expect, test } from "vitest";
import type { Op } from "../../src/core/change.ts";
import { countReplay } from "../../src/postgres/replay-count.ts";
import { owned } from "../contract/store-samples.ts";
import { freshStore } from "./fresh-store.ts";

const database = freshStore();

test("a range is counted to its last event, piece by piece", async () => {
  const { store } = await database.open();
  await owned(store);
  // What was a replay itself, and other kinds of events, at the seams of the pieces.
  await database.behind.query(
    `insert into journal (shard, seq, source_id, account_id, version, op, topic, key, value, hash, batch_nonce, observed_at, replay_id, origin_seq)
     select 0, n, 1, 'a', 1, case when n % 10 = 0 then 'deleted' else 'inserted' end, 't', 'k', 'v',
            decode(repeat('00', 16), 'hex'), 1, now(), case when n = 11 then 1 end, case when n = 11 then 1 end
     from generate_series(1, 23) as n`,
  );
  const counted = (nextSeq: string, ops: readonly Op[] | null = null) =>
    countReplay(database.behind, { shard: 0, nextSeq, endSeq: "23" }, null, { accountId: null, ops }, 10n);

  const all = await counted("1");
  expect(all).toMatchObject({ nextSeq: "1", endSeq: "23", events: 22, topics: ["t"] });
  // The first and the last time of each piece.
  expect(all.times).toHaveLength(2 * 3);
  expect(await counted("1", ["deleted"])).toMatchObject({ events: 2 });
  expect(await counted("14")).toMatchObject({ events: 10 });
  expect(await counted("23")).toMatchObject({ events: 1 });
});
