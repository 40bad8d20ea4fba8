import * as fc from "fast-check";
import { expect, test } from "vitest";
import { murmur2, partitionOf } from "../../src/core/murmur2.ts";

/** Key, `Utils.murmur2` of its UTF-8 bytes, and the partition of 6 and of 16: printed by kafka-clients 4.3.0. */
const fromJava = [
  ["", 275646681, 3, 9],
  ["a", -1563381124, 4, 12],
  ["ab", 316155434, 2, 10],
  ["abc", 479470107, 3, 11],
  ["abcd", -1323649548, 2, 4],
  ["abcde", 461995741, 1, 13],
  ["acme-hr/0", -1121800137, 5, 7],
  ["acme-hr/123", 1863818220, 0, 12],
  ["acme-idn/2c9180867dfe694b017e208e27c05799", 1022866785, 3, 1],
  ["zürich/ämter", -1501966091, 3, 5],
  ["東京/アカウント", -311013630, 2, 2],
  ["emoji/😀", 318762768, 0, 0],
  ["ÿþý", -827240790, 2, 10],
] as const;

test.each(fromJava)(
  "the hash and the partitions of %j are those of the Java client",
  (key, hash, of6, of16) => {
    expect(murmur2(new TextEncoder().encode(key))).toBe(hash);
    expect([partitionOf(key, 6), partitionOf(key, 16)]).toEqual([of6, of16]);
  },
);

test("every key has a partition within the count", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 5_000 }), (key, partitions) => {
      const partition = partitionOf(key, partitions);
      expect(Number.isInteger(partition) && partition >= 0 && partition < partitions).toBe(true);
    }),
  );
});
