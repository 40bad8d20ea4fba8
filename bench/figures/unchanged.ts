import { type Load, medianLoad, plainLoad } from "../first-load.ts";
import { type Measurement, figure, median } from "../figure.ts";
import { type UnchangedPass, loadedSource } from "../loaded-source.ts";
import { startTenants, watchedTenant } from "../tenants.ts";

/** Accounts that are read again and have not changed; the plain script sends them all again. */
export const unchanged: Measurement = async (world, { accounts, rounds }) => {
  await using tenants = await startTenants();
  await using source = await loadedSource(world, accounts, watchedTenant(tenants, accounts));
  const plain: Load[] = [];
  const polls: UnchangedPass[] = [];
  const sweeps: UnchangedPass[] = [];
  for (let round = 0; round < rounds; round += 1) {
    plain.push(await plainLoad(world, tenants, accounts));
    polls.push(await source.readAgain("poll"));
    sweeps.push(await source.readAgain("sweep"));
  }
  const perSecond = (passes: UnchangedPass[]) => accounts / median(passes.map(({ seconds }) => seconds));
  const cpu = (passes: UnchangedPass[]) => median(passes.map(({ cpuMicros }) => cpuMicros));
  const their = medianLoad(plain);
  return [
    figure("read again without changes", perSecond(polls), "accounts/s", their.perSecond),
    figure("read again without changes, CPU", cpu(polls), "µs/account", their.cpuMicros),
    figure("sweep without changes", perSecond(sweeps), "accounts/s"),
    figure("sweep without changes, CPU", cpu(sweeps), "µs/account"),
  ];
};
