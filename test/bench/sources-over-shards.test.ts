import { expect, test } from "vitest";
import { sourcesOverShards } from "../../bench/sources-over-shards.ts";
import { partitionOf } from "../../src/core/murmur2.ts";

test.each([1, 16, 64])("64 sources spread evenly over %i shards", (shards) => {
  const names = sourcesOverShards(64);
  const perShard = Map.groupBy(names, (name) => partitionOf(name, shards));
  expect(new Set(names).size).toBe(64);
  expect(perShard.size).toBe(shards);
  for (const sources of perShard.values()) expect(sources).toHaveLength(64 / shards);
});
