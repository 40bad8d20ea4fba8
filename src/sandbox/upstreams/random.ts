/** Randomness that is the same for the same seeds, on every machine and after every restart. */
export interface Random {
  /** The next number, at least 0 and below 1. */
  next(): number;
  /** A whole number, at least 0 and below `limit`. */
  below(limit: number): number;
  /** True with the given probability (0 to 1). */
  chance(probability: number): boolean;
  /** One entry of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
  /** `length` lower-case hexadecimal digits. */
  hex(length: number): string;
}

/**
 * A mulberry32 generator.
 *
 * @param seeds Whole numbers; (seed, 7) and (seed, 8) give unrelated sequences.
 */
export function seededRandom(...seeds: readonly number[]): Random {
  let state = seeds.reduce((hash, seed) => scramble(Math.imul(hash ^ seed, 0x9e3779b1)), 0x2545f491);

  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const below = (limit: number): number => Math.floor(next() * limit);

  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: <T>(list: readonly T[]): T => list[below(list.length)] as T,
    hex(length) {
      let digits = "";
      while (digits.length < length)
        digits += below(2 ** 32)
          .toString(16)
          .padStart(8, "0");
      return digits.slice(0, length);
    },
  };
}

function scramble(value: number): number {
  const once = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return twice ^ (twice >>> 16);
}
