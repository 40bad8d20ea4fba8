import type { ClientBase } from "pg";

/** Tables, columns, constraints, indexes and functions of the current schema as text, in a stable order. */
export async function describeSchema(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ line: string }>(`
    with tables as (
      select oid, relname, relpersistence, relkind, reloptions from pg_class
      where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p')
    )
    select line from (
      select relname as place, 0 as kind, 0 as number,
             concat_ws(' ', 'table', relname, case relpersistence when 'u' then 'unlogged' end,
                       case relkind when 'p' then 'partitioned by ' || pg_get_partkeydef(oid) end, reloptions::text) as line
      from tables
      union all
      select relname, 1, attnum,
             concat_ws(' ', '  column', attname, format_type(atttypid, atttypmod), case when attnotnull then 'not null' end,
                       case when collname <> 'default' then 'collate ' || collname end,
                       case when attidentity <> '' then 'identity' end, 'default ' || pg_get_expr(adbin, adrelid))
      from tables join pg_attribute on attrelid = tables.oid and attnum > 0 and not attisdropped
      left join pg_collation on pg_collation.oid = attcollation
      left join pg_attrdef on adrelid = attrelid and adnum = attnum
      union all
      select relname, 2, 0, '  constraint ' || conname || ' ' || pg_get_constraintdef(pg_constraint.oid)
      from tables join pg_constraint on conrelid = tables.oid and contype <> 'n'
      union all
      select tables.relname, 3, 0, '  index ' || pg_get_indexdef(indexrelid)
      from tables join pg_index on indrelid = tables.oid
      union all
      select '~', 4, 0,
             'function ' || proname || '(' || pg_get_function_arguments(oid) || ') returns ' || pg_get_function_result(oid)
      from pg_proc where pronamespace = current_schema()::regnamespace
    ) as described
    order by place collate "C", kind, number, line collate "C"`);
  return `${rows.map(({ line }) => line).join("\n")}\n`;
}
