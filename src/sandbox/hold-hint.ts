import { relative } from "node:path";
import type { WatchedUpstream } from "./simulated-upstreams.ts";

/**
 * How to make deletes wait for a person, and how to decide about them: commands for another terminal in the same folder.
 * @param accounts Of the upstream: half of them leave at once.
 */
export function holdHint(
  upstreams: readonly WatchedUpstream[],
  { accounts, configFile }: { accounts: number; configFile: string },
): string[] {
  const limited = upstreams.find(({ config }) => (config.deleteLimit ?? 0) < accounts / 2);
  if (limited === undefined) return [];
  const half = JSON.stringify({ delete: Math.floor(accounts / 2) });
  const config = `--config ${relative(process.cwd(), configFile)}`;
  return [
    `to see a hold, let half of ${limited.source} leave at once, and decide about it:`,
    `  curl -so /dev/null -d '${half}' ${limited.url}/_control/mutate`,
    `  npx tidemark hold list ${config}`,
    `  npx tidemark hold approve 1 ${config}`,
  ];
}
