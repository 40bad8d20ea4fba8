import type { AskedReplay } from "../ports/store.ts";
import { type Queryable, run, sql } from "./sql.ts";

/** So many numbers are looked at in one statement: however long the journal is, none of them takes long. */
const numbersAtOnce = 100_000n;

/** The numbers of a shard that a replay goes through: both ends included. */
export interface ReplayRange {
  shard: number;
  nextSeq: string;
  endSeq: string;
}

/** What of a range a replay takes. */
export interface CountedRange extends ReplayRange {
  events: number;
  /** When some of them were journalled, the first and the last among them. */
  times: Date[];
  topics: string[];
}

const count = sql(
  "replay.count",
  `select topic, count(*)::double precision as events, min(created_at) as "firstAt", max(created_at) as "lastAt"
   from journal
   where shard = $1::integer and seq between $2::bigint and $3::bigint and replay_id is null
     and ($4::integer is null or source_id = $4::integer)
     and ($5::text is null or account_id = $5::text) and ($6::text[] is null or op = any ($6::text[]))
   group by topic`,
);

interface Row {
  topic: string;
  events: number;
  firstAt: Date;
  lastAt: Date;
}

/** Counts what a replay takes of a range, piece by piece. @param sourceId null: of every source. */
export async function countReplay(
  db: Queryable,
  range: ReplayRange,
  sourceId: number | null,
  { accountId, ops }: Pick<Extract<AskedReplay, { kind: "journal" }>, "accountId" | "ops">,
  atOnce = numbersAtOnce,
): Promise<CountedRange> {
  const rows: Row[] = [];
  const end = BigInt(range.endSeq);
  for (let from = BigInt(range.nextSeq); from <= end; from += atOnce) {
    const ahead = from + atOnce - 1n;
    const upto = ahead < end ? ahead : end;
    const piece = [range.shard, String(from), String(upto), sourceId, accountId, ops];
    rows.push(...(await run<Row>(db, count, piece)));
  }
  return {
    ...range,
    events: rows.reduce((sum, { events }) => sum + events, 0),
    times: rows.flatMap(({ firstAt, lastAt }) => [firstAt, lastAt]),
    topics: [...new Set(rows.map(({ topic }) => topic))],
  };
}
