import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import { followCommitted } from "../support/console-consumer.ts";
import { type TestInstallation, install } from "../support/installation.ts";
import { seed } from "../support/seed.ts";
import { watchedSailPoint } from "../support/watched-upstreams.ts";

const [dropped, masked, mail, later] = ["078-05-1120", "+1 555 0100", "planted@example.com", "planted note"];

/** Every row of every table, as text; of the journal only what comes after a number. */
async function database({ databaseUrl }: TestInstallation, afterSeq = 0): Promise<Map<string, string>> {
  const client = new Client({ connectionString: databaseUrl, options: "-c search_path=tidemark" });
  await client.connect();
  try {
    const found = await client.query<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = 'tidemark' and tablename not like 'journal_%'",
    );
    const texts = new Map<string, string>();
    for (const { name } of found.rows) {
      const where = name === "journal" ? `where seq > ${afterSeq}` : "";
      const { rows } = await client.query<{ line: string }>(
        `select t::text as line from "${name}" t ${where}`,
      );
      texts.set(name, rows.map(({ line }) => line).join("\n"));
    }
    return texts;
  } finally {
    await client.end();
  }
}

test("what a rule takes away is nowhere: not in topics, database or logs; and after a change of rules in nothing new", async () => {
  const folder = mkdtempSync(join(tmpdir(), "privacy-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const keyFile = join(folder, "key");
  const key = "the key of these hashes";
  writeFileSync(keyFile, key);
  const tenant = await watchedSailPoint({ accounts: 30, seed, source: "acme-idn" });
  const own = (name: string) => `attributes.attributes.${name}`;
  const rules = {
    drop: [own("ssn")],
    mask: [own("phone")],
    hash: ["email", own("email")],
    key: `\${file:${keyFile}}`,
  };
  tenant.config["privacy"] = rules;
  const tidemark = await install([tenant], { shards: 1 });
  const worker = tidemark.startWorker();
  await expect.poll(tidemark.journalled, { timeout: 30_000 }).toBe(30);

  const { accounts } = await tenant.control.truth();
  const planted: JsonObject = { ssn: dropped, phone: masked, email: mail, note: later };
  const plant = (ids: readonly string[], attributes: JsonObject) =>
    tenant.control.mutate({ changes: ids.map((id) => ({ op: "update", id, changes: { attributes } })) });
  await plant(
    accounts.map(({ id }) => id),
    planted,
  );
  await tidemark.settle();
  // Whichever item it is, it carries all of them.
  await tenant.control.inject({ kind: "item-without-id", path: "/v3/accounts\\?", times: 3 });
  await expect
    .poll(async () => (await database(tidemark)).get("quarantine"), { timeout: 20_000 })
    .toMatch(/\*\*\*/);

  const texts = await database(tidemark);
  for (const table of ["account", "journal", "quarantine"]) expect(texts.get(table), table).toContain(later);
  expect(texts.get("account")).toContain("hmac-sha256:");
  const before = await tidemark.journalled();
  const feed = followCommitted({ topics: [`${tidemark.prefix}.sailpoint.accounts`] });
  const published = JSON.stringify(await feed.arrived(before));
  await feed.stop();
  expect(published).toContain(later);
  for (const value of [dropped, masked, mail, key])
    for (const text of [...texts.values(), published, worker.log()]) expect(text).not.toContain(value);

  tenant.config["privacy"] = { ...rules, drop: [own("ssn"), own("note")] };
  await tidemark.add([]);
  await worker.kill();
  tidemark.startWorker();
  await plant([accounts[0]?.id ?? ""], { ...planted, note: "another", phone: "" });
  await tidemark.settle();
  const after = await database(tidemark, before);
  expect(after.get("journal")).toContain("updated");
  for (const [table, text] of after) expect(text, table).not.toContain(later);
});
