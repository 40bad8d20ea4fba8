import { Pool } from "pg";
import { expect, test } from "vitest";
import { numbersAtOnce } from "../../src/postgres/replay-count.ts";
import { estimateReplay, replay, startReplay } from "../../src/postgres/replay.ts";
import type { Queryable } from "../../src/postgres/sql.ts";
import { asked } from "../contract/replay-samples.ts";
import { owned } from "../contract/store-samples.ts";
import { freshStore, schema } from "./fresh-store.ts";

const database = freshStore();

test("a journal of any length is counted to the last event, with statements that look at no more than a piece of it", async () => {
  const { store } = await database.open();
  await owned(store);
  const length = Number(2n * numbersAtOnce + 3n);
  // What was a replay itself, and other kinds of events, at the seams of the pieces.
  await database.behind.query(
    `insert into journal (shard, seq, source_id, account_id, version, op, topic, key, value, hash, batch_nonce, observed_at, replay_id, origin_seq)
     select 0, n, 1, 'a', 1, case when n % $2::integer = 0 then 'deleted' else 'inserted' end, 't', 'k', 'v',
            decode(repeat('00', 16), 'hex'), 1, now(), case when n = 2 then 1 end, case when n = 2 then 1 end
     from generate_series(1, $1::integer) as n`,
    [length, Number(numbersAtOnce)],
  );
  await database.behind.query("update shard set last_seq = $1 where id = 0", [length]);

  const pool = new Pool({ connectionString: database.url, options: `-c search_path=${schema}` });
  const pieces: bigint[] = [];
  const watched: Queryable = {
    query: (statement) => {
      const [, from, upto] = statement.values;
      if (statement.name === "replay.count") pieces.push(BigInt(String(upto)) - BigInt(String(from)) + 1n);
      return pool.query(statement);
    },
  };
  expect(await estimateReplay(watched, asked())).toMatchObject({ events: length - 1, topics: ["t"] });
  expect(pieces).toEqual([numbersAtOnce, numbersAtOnce, 3n]);
  expect(await estimateReplay(watched, asked({ ops: ["deleted"] }))).toMatchObject({ events: 2 });
  expect(await estimateReplay(watched, asked({ from: { shard: 0, seq: String(length) } }))).toMatchObject({
    events: 1,
  });
  const begun = await startReplay(watched, asked({ from: { shard: 0, seq: "2" } }));
  expect(await replay(pool, "id" in begun ? begun.id : "")).toMatchObject({
    expected: length - 2,
    parts: [{ nextSeq: "2", endSeq: String(length) }],
  });
  await pool.end();
});
