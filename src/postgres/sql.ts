import type { QueryResultRow } from "pg";
import { fenceOf, type Fence, translated } from "./errors.ts";

/** One static statement: its name is the comment before it (seen in `pg_stat_activity`) and the prepared statement's name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** What a statement runs on: the pool, or one connection inside a transaction. */
export interface Queryable {
  query(config: { name: string; text: string; values: unknown[] }): Promise<{ rows: QueryResultRow[] }>;
}

const registered = new Map<string, Statement>();

/** Declares a statement, once. @throws Error when the name is taken. */
export function sql(name: string, text: string): Statement {
  if (registered.has(name)) throw new Error(`statement ${name} is declared twice`);
  const statement = { name, text: `/* ${name} */ ${text}` };
  registered.set(name, statement);
  return statement;
}

/** Every statement that has been declared, so that a test can prepare them all. */
export function registeredStatements(): Statement[] {
  return [...registered.values()];
}

/** Runs a statement. @returns its rows. @throws what `translated` makes of a failure. */
export async function run<Row>(db: Queryable, statement: Statement, values: unknown[]): Promise<Row[]> {
  try {
    return (await db.query({ ...statement, values })).rows as Row[];
  } catch (error) {
    throw translated(error, statement.name);
  }
}

/** Runs a statement that returns exactly one row. */
export async function runForRow<Row>(db: Queryable, statement: Statement, values: unknown[]): Promise<Row> {
  const [row] = await run<Row>(db, statement, values);
  if (row === undefined) throw translated(new Error("the statement returned no row"), statement.name);
  return row;
}

/** Runs a statement that raises when its term or revision is not current. @returns its row, or the fence that stopped it. */
export async function runFenced<Row extends object>(
  db: Queryable,
  statement: Statement,
  values: unknown[],
): Promise<Row | Fence> {
  try {
    return (await db.query({ ...statement, values })).rows[0] as Row;
  } catch (error) {
    const fence = fenceOf(error);
    if (fence !== null) return fence;
    throw translated(error, statement.name);
  }
}

/** Free text as Postgres can store it: a NUL character, which it refuses, is shown as the replacement character. */
export function storable(text: string): string {
  return text.replaceAll("\u0000", "\uFFFD");
}
