import { oneSource, tidemarkLoad } from "../first-load.ts";
import { type Measurement, figure } from "../figure.ts";
import { startTenants } from "../tenants.ts";

/** How far a ratio strays by itself: the same first load beside itself, in turns. */
export const noise: Measurement = async (world, { accounts, rounds }) => {
  await using tenants = await startTenants();
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const one = await tidemarkLoad(world, tenants, oneSource(accounts));
    const other = await tidemarkLoad(world, tenants, oneSource(accounts));
    ratios.push(one.perSecond / other.perSecond);
  }
  return [
    figure("first load beside itself, lowest ratio", Math.min(...ratios), "×"),
    figure("first load beside itself, highest ratio", Math.max(...ratios), "×"),
  ];
};
