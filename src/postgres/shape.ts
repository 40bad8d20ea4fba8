import type { JsonValue } from "../core/json.ts";
import { type Queryable, run, sql } from "./sql.ts";

const read = sql("shape.read", "select shape from source_shape where source_id = $1::integer");

/** @see ShapeStore.shape */
export async function readShape(db: Queryable, sourceId: number): Promise<JsonValue | null> {
  const [row] = await run<{ shape: JsonValue }>(db, read, [sourceId]);
  return row?.shape ?? null;
}

const some = sql(
  "shape.documents",
  `select document from account where source_id = $1::integer and deleted_at is null order by account_id limit $2::integer`,
);

/** @see ShapeStore.someDocuments */
export async function someDocuments(db: Queryable, sourceId: number, limit: number): Promise<string[]> {
  return (await run<{ document: string }>(db, some, [sourceId, limit])).map(({ document }) => document);
}
