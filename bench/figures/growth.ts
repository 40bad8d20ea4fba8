import { type Load, medianLoad, oneSource, plainLoad, tidemarkLoad } from "../first-load.ts";
import { type Figure, type Measurement, counted, figure } from "../figure.ts";
import { sourcesOverShards } from "../sources-over-shards.ts";
import { startTenants } from "../tenants.ts";

const mostShards = 64;

/**
 * First loads of a tenth and of ten times the accounts (`backfill` has those in between), and of the same accounts in 64
 * sources over 1, 16 and 64 shards.
 */
export const growth: Measurement = async (world, { accounts, rounds }) => {
  await using tenants = await startTenants();

  async function bySize(size: number, rounds: number): Promise<Figure[]> {
    const plain: Load[] = [];
    const ours: Load[] = [];
    for (let round = 0; round < rounds; round += 1) {
      plain.push(await plainLoad(world, tenants, size));
      ours.push(await tidemarkLoad(world, tenants, oneSource(size)));
    }
    return figures(`first load of ${counted(size)} accounts`, medianLoad(ours), medianLoad(plain));
  }

  async function byShards(): Promise<Figure[]> {
    const each = Math.ceil(accounts / mostShards);
    const sources = sourcesOverShards(mostShards).map((name) => ({ name, accounts: each }));
    const plain: Load[] = [];
    const ours = new Map<number, Load[]>([1, 16, mostShards].map((shards) => [shards, []]));
    for (let round = 0; round < rounds; round += 1) {
      plain.push(await plainLoad(world, tenants, each * mostShards));
      for (const [shards, loads] of ours) loads.push(await tidemarkLoad(world, tenants, { sources, shards }));
    }
    return [...ours].flatMap(([shards, loads]) => {
      const name = `first load, ${mostShards} sources over ${shards} ${shards === 1 ? "shard" : "shards"}`;
      return figures(name, medianLoad(loads), medianLoad(plain));
    });
  }

  return [
    ...(await bySize(Math.ceil(accounts / 10), rounds)),
    // A long run evens out by itself what short ones need rounds for.
    ...(await bySize(accounts * 10, 1)),
    ...(await byShards()),
  ];
};

function figures(name: string, our: Load, their: Load): Figure[] {
  return [
    figure(name, our.perSecond, "events/s", their.perSecond),
    figure(`${name}, peak memory`, our.peakMb, "MB", their.peakMb),
  ];
}
