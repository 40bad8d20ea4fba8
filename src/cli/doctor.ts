import { examine } from "../app/doctor/examine.ts";
import { retentionOf, wantedInstallation } from "../config.ts";
import type { Finding } from "../core/finding.ts";
import { systemClock } from "../system-clock.ts";
import { version } from "../version.ts";
import { wireExamination, wireLog } from "../wire.ts";
import { actor } from "./ask-owner.ts";
import { configurationFindings } from "./configuration-findings.ts";
import { doctorText } from "./doctor-text.ts";
import { type ConfigOption, type OutputOption, isJson } from "./options.ts";

interface DoctorOptions extends ConfigOption, OutputOption {
  source?: string;
}

/** `tidemark doctor`: examines everything that an installation needs, and says what to do. @returns 1 when there is a fault. */
export async function doctor(options: DoctorOptions): Promise<number> {
  const json = isJson(options);
  const findings = await examined(options);
  console.log(json ? JSON.stringify({ findings }) : doctorText(findings));
  return findings.some(({ state }) => state === "fault") ? 1 : 0;
}

async function examined(options: DoctorOptions): Promise<Finding[]> {
  const { config, findings } = configurationFindings(options, process.env);
  if (config === null) return findings;
  const { prefix, shardCount } = wantedInstallation(config);
  const { allowWeakDurability } = config.kafka;
  const wanted = { prefix, shardCount, ...retentionOf(config), allowWeakDurability };
  const { store, examineCluster } = wireExamination(config, wireLog({ to: process.stderr }));
  try {
    return [
      ...findings,
      ...(await examine(
        { ...wanted, version, source: options.source ?? null, actor: actor() },
        { store, examineCluster, clock: systemClock() },
      )),
    ];
  } finally {
    await store.close();
  }
}
