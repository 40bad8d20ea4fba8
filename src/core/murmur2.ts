const seed = 0x9747b28c;
const m = 0x5bd1e995;

/**
 * Murmur2 as Kafka's Java client computes it, so that records of one key meet in one partition whoever writes them.
 *
 * @returns A signed 32-bit integer.
 * @see org.apache.kafka.common.utils.Utils#murmur2
 */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length;
  const tail = length & ~3;
  let h = seed ^ length;
  for (let i = 0; i < tail; i += 4) {
    let k =
      byte(bytes, i) | (byte(bytes, i + 1) << 8) | (byte(bytes, i + 2) << 16) | (byte(bytes, i + 3) << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    h = Math.imul(h, m) ^ Math.imul(k, m);
  }
  if (length > tail) {
    // Bytes past the end read as 0 and change nothing, like the fall-through of the original's switch.
    h ^= byte(bytes, tail) | (byte(bytes, tail + 1) << 8) | (byte(bytes, tail + 2) << 16);
    h = Math.imul(h, m);
  }
  h ^= h >>> 13;
  h = Math.imul(h, m);
  return h ^ (h >>> 15);
}

/**
 * The partition that Kafka's Java client gives a key: the hash of its UTF-8 bytes, made positive, modulo the count.
 *
 * @param partitions At least 1.
 */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(encoder.encode(key)) & 0x7fffffff) % partitions;
}

const encoder = new TextEncoder();

function byte(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}
