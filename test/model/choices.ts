/** Every choice of a run, from one seed: the same seed makes the same run. */
export interface Choices {
  /** 0 ≤ x < 1. */
  fraction(): number;
  chance(probability: number): boolean;
  /** A whole number, 0 ≤ x < limit. */
  below(limit: number): number;
  /** A real number, from ≤ x < to. */
  between(from: number, to: number): number;
  oneOf<T>(list: readonly [T, ...T[]]): T;
  /** A positive 62-bit integer as decimal text. */
  nonce(): string;
}

export function seededChoices(seed: number): Choices {
  let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, seed | 0, 1];

  // sfc32
  const fraction = () => {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < 12; round += 1) fraction();

  const below = (limit: number) => Math.floor(fraction() * limit);
  return {
    fraction,
    below,
    chance: (probability) => fraction() < probability,
    between: (from, to) => from + fraction() * (to - from),
    oneOf: (list) => list[below(list.length)] ?? list[0],
    nonce: () => String((BigInt(below(2 ** 30)) << 32n) + BigInt(below(2 ** 32)) + 1n),
  };
}
