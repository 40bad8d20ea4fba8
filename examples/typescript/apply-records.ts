import type { Pool, PoolClient } from "pg";
import { type Applied, type ParsedRecord, judgeRecord } from "tidemark/consumer";

/** What became of some records. */
export interface Report {
  applied: number;
  /** Applied before, or older than what is known: replays, snapshots, re-deliveries. */
  ignored: number;
  /** Versions that never came, such as `acme-hr/118 versions 3 to 4`. */
  missing: string[];
}

interface Row extends Applied {
  record: ParsedRecord;
}

/**
 * Brings the tables up to date with records, which are in the order of their partition, in one transaction. It may be repeated with the same
 * records at any time, also by another process at the same moment: only newer versions are written.
 */
export async function applyRecords(pool: Pool, records: readonly ParsedRecord[]): Promise<Report> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    const known = await knownAccounts(client, records);
    const report: Report = { applied: 0, ignored: 0, missing: [] };
    const rows = new Map<string, Row>();
    for (const record of records) {
      const { key, version } = record;
      const judgement = judgeRecord(record, rows.get(key) ?? known.get(key) ?? null);
      if (judgement.kind === "ignore") {
        report.ignored += 1;
        continue;
      }
      if (judgement.kind === "gap") {
        const { from, to } = judgement;
        report.missing.push(`${key} versions ${from} to ${to}`);
        await client.query("insert into missing values ($1, $2, $3) on conflict do nothing", [key, from, to]);
      }
      report.applied += 1;
      rows.set(key, { record, version, isPointer: isPointer(record) });
    }
    await write(client, [...rows.values()]);
    await client.query("commit");
    client.release();
    return report;
  } catch (error) {
    // The connection may be what has failed: it is not used again, which ends the transaction as well.
    client.release(true);
    throw error;
  }
}

async function knownAccounts(
  client: PoolClient,
  records: readonly ParsedRecord[],
): Promise<Map<string, Applied>> {
  const { rows } = await client.query<{ key: string; version: string; isPointer: boolean }>(
    `select key, version, document is null and not is_deleted as "isPointer" from account where key = any($1)`,
    [records.map(({ key }) => key)],
  );
  return new Map(rows.map(({ key, version, isPointer }) => [key, { version: Number(version), isPointer }]));
}

/** One row per account. The condition repeats the judgement, as another process may have written since these accounts were read. */
async function write(client: PoolClient, rows: readonly Row[]): Promise<void> {
  await client.query(
    `insert into account as known (key, version, is_deleted, document)
     select * from unnest($1::text[], $2::bigint[], $3::boolean[], $4::json[])
     on conflict (key) do update
     set version = excluded.version, is_deleted = excluded.is_deleted, document = excluded.document
     where excluded.version > known.version
        or (excluded.version = known.version and known.document is null and not known.is_deleted)`,
    [
      rows.map(({ record }) => record.key),
      rows.map(({ version }) => version),
      rows.map(({ record }) => record.kind === "tombstone" || record.event.op === "deleted"),
      rows.map(({ record }) => documentOf(record)),
    ],
  );
}

function isPointer(record: ParsedRecord): boolean {
  return record.kind === "event" && record.event.op !== "deleted" && record.event.after === null;
}

function documentOf(record: ParsedRecord): string | null {
  return record.kind === "tombstone" || record.event.after === null
    ? null
    : JSON.stringify(record.event.after);
}
