import { partitionOf } from "../src/core/murmur2.ts";

/** Names of so many sources that they spread evenly over that many shards, or over any number that divides it. */
export function sourcesOverShards(count: number): string[] {
  const names: string[] = [];
  for (let number = 0, left = count; left > 0; number += 1) {
    const name = `s${number}`;
    const shard = partitionOf(name, count);
    if (names[shard] !== undefined) continue;
    names[shard] = name;
    left -= 1;
  }
  return names;
}
