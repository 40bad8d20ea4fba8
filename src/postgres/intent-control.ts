import type { Intent } from "../ports/store.ts";
import { newRevision } from "./fencing-numbers.ts";
import { type IntentRow, intentColumns, intentOf } from "./intent.ts";
import { type Queryable, run, runForRow, sql, storable } from "./sql.ts";

const open = sql(
  "intent.open",
  `select ${intentColumns} from intent join source on source.id = source_id where done_at is null order by intent.id`,
);

const done = sql(
  "intent.done",
  `select ${intentColumns} from intent join source on source.id = source_id
   where done_at is not null and verb <> 'check' order by intent.id desc limit $1::integer`,
);

/** @see ControlStore.intents */
export async function intents(db: Queryable, wanted: { done: number }): Promise<Intent[]> {
  const pending = await run<IntentRow>(db, open, []);
  const others = wanted.done === 0 ? [] : await run<IntentRow>(db, done, [wanted.done]);
  return [...pending, ...others].map(intentOf);
}

const withdraw = sql(
  "intent.withdraw",
  // Owners look again: a lane may be waiting for it.
  `with withdrawn as (
     update intent set done_at = now(), outcome = 'withdrawn by ' || $2::text
     where id = $1::bigint and done_at is null returning 1
   ), noticed as (
     update installation set config_revision = ${newRevision} where exists (select from withdrawn)
   )
   select exists (select from withdrawn) as "isWithdrawn"`,
);

/** @see ControlStore.withdrawIntent */
export async function withdrawIntent(
  db: Queryable,
  { id, actor }: { id: string; actor: string },
): Promise<boolean> {
  const row = await runForRow<{ isWithdrawn: boolean }>(db, withdraw, [id, storable(actor)]);
  return row.isWithdrawn;
}

const forget = sql(
  "intent.forgetAnswers",
  `with forgotten as (
     update intent set answer = null
     where answer is not null and verb <> 'check' and done_at < now() - make_interval(days => $1::integer) returning 1
   ), deleted as (
     delete from intent where verb = 'check' and done_at < now() - make_interval(days => $1::integer) returning 1
   ) select (select count(*) from forgotten)::integer + (select count(*) from deleted)::integer as forgotten`,
);

/** @see ControlStore.forgetAnswers */
export async function forgetAnswers(db: Queryable, olderThanDays: number): Promise<number> {
  return (await runForRow<{ forgotten: number }>(db, forget, [olderThanDays])).forgotten;
}
