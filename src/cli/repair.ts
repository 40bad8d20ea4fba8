import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { prepareInstallation } from "../app/prepare-installation.ts";
import { type ShardReport, repair as repairShards } from "../app/repair.ts";
import { wantedInstallation } from "../config.ts";
import { ConfigError } from "../core/errors.ts";
import { version } from "../version.ts";
import { wireLog, wireStore, wireVolatile, wireWorker } from "../wire.ts";
import { isDecimalId } from "./is-decimal-id.ts";
import { type ConfigOption, type OutputOption, configOf, isJson, numberOption } from "./options.ts";

interface RepairFlags extends ConfigOption, OutputOption {
  dryRun?: boolean;
  shard?: string;
  republishFrom?: string;
  fromKafka?: boolean;
}

/** `tidemark repair`: says where database and Kafka contradict each other, and repairs what the flags agree to. */
export async function repair(flags: RepairFlags): Promise<number> {
  const json = isJson(flags);
  const republishFrom = flags.republishFrom ?? null;
  if (republishFrom !== null && !isDecimalId(republishFrom)) {
    throw new ConfigError("TIDEMARK_USAGE", [
      `--republish-from must be an event's number, not ${republishFrom}`,
    ]);
  }
  const config = configOf(flags);
  const shard = flags.shard === undefined ? null : numberOption("--shard", flags.shard, 0, config.shards - 1);
  const log = wireLog({ to: process.stderr });
  const store = wireStore(config);
  const wired = wireWorker(config, store, log, version, process.env);
  try {
    const { installation } = await prepareInstallation(wantedInstallation(config), store);
    const reports = await repairShards(
      {
        dryRun: flags.dryRun === true,
        shard,
        republishFrom,
        fromKafka: flags.fromKafka === true,
        workerId: `repair.${hostname()}.${process.pid}.${randomUUID().slice(0, 8)}`,
      },
      {
        ports: wired.ports,
        publication: { topics: wired.topics, journalId: installation.journalId },
        volatileOf: wireVolatile,
      },
    );
    console.log(json ? JSON.stringify(reports) : reports.map(reportText).join("\n"));
    return reports.some(({ state }) => state === "refused" || state === "to-be-repaired") ? 1 : 0;
  } finally {
    await wired.close();
  }
}

function reportText({ shard, state, code, lines }: ShardReport): string {
  const [found = "", ...more] = lines;
  const head = `shard ${shard} ${state.replaceAll("-", " ")}: ${found}${code === null ? "" : ` (${code})`}`;
  return [head, ...more.map((line) => `  ${line}`)].join("\n");
}
