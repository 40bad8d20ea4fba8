import type { EndedPass, SourceDetails } from "../ports/store.ts";
import { type IntentRow, intentColumns, intentOf } from "./intent.ts";
import { loadSource } from "./source.ts";
import { type Queryable, run, sql } from "./sql.ts";

/** How many passes and intents are told. */
const told = 5;

const named = sql("source.named", "select id from source where name = $1 and removed_at is null");

const passes = sql(
  "pass.last",
  `select kind, outcome, started_at, ended_at, error_code as "errorCode", error,
          pages, observed, inserted, updated, deleted, unchanged, quarantined
   from pass where source_id = $1::integer and ended_at is not null order by id desc limit $2::integer`,
);

const intents = sql(
  "intent.last",
  `select ${intentColumns} from intent join source on source.id = source_id
   where source_id = $1::integer and verb <> 'check' order by intent.id desc limit $2::integer`,
);

type PassRow = Omit<EndedPass, "startedAt" | "endedAt"> & { started_at: Date; ended_at: Date };

/** @see ControlStore.sourceDetails */
export async function sourceDetails(db: Queryable, name: string): Promise<SourceDetails | null> {
  const [row] = await run<{ id: number }>(db, named, [name]);
  const source = row === undefined ? null : await loadSource(db, row.id);
  if (source === null) return null;
  const ended = await run<PassRow>(db, passes, [source.id, told]);
  return {
    source,
    passes: ended.map(({ started_at, ended_at, ...same }) => ({
      ...same,
      startedAt: started_at.toISOString(),
      endedAt: ended_at.toISOString(),
    })),
    intents: (await run<IntentRow>(db, intents, [source.id, told])).map(intentOf),
  };
}
