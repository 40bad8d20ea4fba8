import { type Measurement, counted, figure } from "../figure.ts";
import { loadedSource } from "../loaded-source.ts";
import { startTenants, watchedTenant } from "../tenants.ts";

/** One sweep of ten times the accounts when nothing has changed, by a worker that does nothing else. */
export const sweep: Measurement = async (world, { accounts }) => {
  const many = accounts * 10;
  await using tenants = await startTenants();
  await using source = await loadedSource(world, many, watchedTenant(tenants, many));
  const { seconds, peakMb, rowsWritten } = await source.readAgain("sweep");
  const name = `sweep of ${counted(many)} accounts without changes`;
  return [
    figure(name, seconds, "s"),
    figure(`${name}, peak memory`, peakMb, "MB"),
    figure(`${name}, writes to account`, rowsWritten.account, "rows"),
  ];
};
