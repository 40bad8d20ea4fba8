import { type Load, medianLoad, oneSource, plainLoad, tidemarkLoad } from "../first-load.ts";
import { type Measurement, counted, figure } from "../figure.ts";
import { startTenants } from "../tenants.ts";

/** A first load of all accounts, beside the plain script, in turns: the speed of a machine drifts. */
export const backfill: Measurement = async (world, { accounts, rounds }) => {
  await using tenants = await startTenants();
  const plain: Load[] = [];
  const ours: Load[] = [];
  for (let round = 0; round < rounds; round += 1) {
    plain.push(await plainLoad(world, tenants, accounts));
    ours.push(await tidemarkLoad(world, tenants, oneSource(accounts)));
  }
  const [our, their] = [medianLoad(ours), medianLoad(plain)];
  const name = `first load of ${counted(accounts)} accounts`;
  return [
    figure(name, our.perSecond, "events/s", their.perSecond),
    figure(`${name}, CPU`, our.cpuMicros, "µs/event", their.cpuMicros),
    figure(`${name}, peak memory`, our.peakMb, "MB", their.peakMb),
  ];
};
