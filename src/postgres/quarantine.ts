import type { JsonValue } from "../core/json.ts";
import type { QuarantinedItem, QuarantineStore, RedriveProgress } from "../ports/store.ts";
import { type Queryable, run, runForRow, sql } from "./sql.ts";
import { textArray } from "./text-array.ts";

const columns = `
  quarantine.id, name as source, account_id as "accountId", reason, times, pass, first_seen_at, last_seen_at, redriven_at,
  account_id is not null and redrive_id is not null and redriven_at is null as "isWaiting"`;

const list = sql(
  "quarantine.list",
  `select ${columns} from quarantine join source on source.id = source_id
   where $1::text is null or name = $1 order by last_seen_at desc, quarantine.id desc limit $2::integer`,
);

const count = sql(
  "quarantine.count",
  `select count(*)::integer as total from quarantine join source on source.id = source_id
   where $1::text is null or name = $1`,
);

/** @see QuarantineStore.quarantined */
export async function quarantined(
  db: Queryable,
  { source, limit }: Parameters<QuarantineStore["quarantined"]>[0],
): ReturnType<QuarantineStore["quarantined"]> {
  const items = (await run<Row>(db, list, [source, limit])).map(itemOf);
  const { total } = await runForRow<{ total: number }>(db, count, [source]);
  return { items, total };
}

const read = sql(
  "quarantine.read",
  `select ${columns}, item as raw from quarantine join source on source.id = source_id where quarantine.id = $1::bigint`,
);

/** @see QuarantineStore.quarantinedItem */
export async function quarantinedItem(
  db: Queryable,
  id: string,
): ReturnType<QuarantineStore["quarantinedItem"]> {
  const [row] = await run<Row & { raw: JsonValue }>(db, read, [id]);
  return row === undefined ? null : itemOf(row);
}

const among = sql(
  "quarantine.among",
  `select account_id as id from quarantine where source_id = $1::integer and account_id = any ($2::text[])`,
);

/** @see QuarantineStore.quarantinedAmong */
export async function quarantinedAmong(
  db: Queryable,
  sourceId: number,
  ids: readonly string[],
): Promise<string[]> {
  return (await run<{ id: string }>(db, among, [sourceId, textArray(ids)])).map(({ id }) => id);
}

const awaiting = sql(
  "quarantine.awaiting",
  `select account_id as id from quarantine
   where source_id = $1::integer and account_id is not null and redrive_id is not null and redriven_at is null
   order by account_id limit $2::integer`,
);

/** @see QuarantineStore.awaitingRedrive */
export async function awaitingRedrive(
  db: Queryable,
  { sourceId, limit }: Parameters<QuarantineStore["awaitingRedrive"]>[0],
): Promise<string[]> {
  return (await run<{ id: string }>(db, awaiting, [sourceId, limit])).map(({ id }) => id);
}

const progress = sql(
  "quarantine.progress",
  `select count(*) filter (where account_id is not null and redriven_at is null)::integer as waiting,
          count(*) filter (where account_id is not null and redriven_at is not null)::integer as stay,
          count(*) filter (where account_id is null)::integer as unidentified
   from quarantine where redrive_id = $1::bigint`,
);

/** @see QuarantineStore.redriveProgress */
export function redriveProgress(db: Queryable, intent: string): Promise<RedriveProgress> {
  return runForRow<RedriveProgress>(db, progress, [intent]);
}

interface Row extends Omit<QuarantinedItem, "firstSeenAt" | "lastSeenAt" | "redrivenAt"> {
  first_seen_at: Date;
  last_seen_at: Date;
  redriven_at: Date | null;
}

function itemOf<R extends Row>({ first_seen_at, last_seen_at, redriven_at, ...same }: R) {
  return {
    ...same,
    firstSeenAt: first_seen_at.toISOString(),
    lastSeenAt: last_seen_at.toISOString(),
    redrivenAt: redriven_at?.toISOString() ?? null,
  };
}
