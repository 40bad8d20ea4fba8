import type { Pool, PoolClient } from "pg";
import { translated } from "./errors.ts";

/** Runs some statements as one transaction: all of them, or none when one throws. @throws what `work` throws, translated. */
export function inTransaction<T>(pool: Pool, work: (db: PoolClient) => Promise<T>): Promise<T> {
  return withConnection(pool, async (db) => {
    await db.query("begin");
    const result = await work(db);
    await db.query("commit");
    return result;
  });
}

/** Lends one connection. After a throw it is closed, not reused: that ends its transaction and its locks in every case. */
export async function withConnection<T>(pool: Pool, work: (db: PoolClient) => Promise<T>): Promise<T> {
  let db: PoolClient | undefined;
  // A connection that breaks while it is lent also fails its statement; without a listener it would end the process.
  const ignore = () => {};
  try {
    db = await pool.connect();
    db.on("error", ignore);
    const result = await work(db);
    db.off("error", ignore);
    db.release();
    return result;
  } catch (error) {
    db?.release(true);
    throw translated(error, "connection");
  }
}
