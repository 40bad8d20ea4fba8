import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { brokenInstallation, outcomes } from "./broken-installation.ts";

test.each([
  ["cluster", "cluster_id", "TIDEMARK_OTHER_CLUSTER", "kafka.brokers"],
  ["journal", "journal_id", "TIDEMARK_OTHER_JOURNAL", "prefix"],
])(
  "another %s is refused and left alone, whatever repair is asked for",
  async (_what, column, code, advice) => {
    const broken = await brokenInstallation();
    const [installed] = await broken.sql(`select ${column} from tidemark.installation`);
    const pin = (value: unknown) => broken.sql(`update tidemark.installation set ${column} = $1`, [value]);
    await pin(randomUUID());

    expect(await broken.refused()).toContain(code);
    const repaired = await broken.repair("--from-kafka", "--republish-from", "1");
    expect(repaired.code).toBe(1);
    expect(outcomes(repaired)).toEqual(broken.shards.map(() => ["refused", code]));
    for (const { lines } of repaired.reports) expect(lines.at(-1)).toContain(advice);

    await pin(installed?.[column]);
    await broken.expectWhole();
  },
);

test("a shard that a worker works for is not repaired", async () => {
  const broken = await brokenInstallation();
  const worker = broken.tidemark.startWorker("tidemark");
  await expect.poll(() => broken.tidemark.owned([worker]), { timeout: 30_000 }).toEqual([8]);
  const refused = await broken.repair();
  expect(refused).toMatchObject({ code: 2, reports: [] });
  expect(refused.stderr.replaceAll("\n", " ")).toMatch(/shard \d+ is owned by .*: stop the workers first/);
  expect(await worker.stop()).toBe(0);
});
