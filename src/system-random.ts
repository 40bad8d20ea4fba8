import { randomBytes } from "node:crypto";
import type { Random } from "./ports/random.ts";

/** The machine's randomness. */
export function systemRandom(): Random {
  return {
    fraction: () => Math.random(),
    // 62 bits: fits a signed 64-bit offset, and is never 0.
    nonce: () => String((randomBytes(8).readBigUInt64BE() >> 2n) | 1n),
  };
}
