import { randomBytes } from "node:crypto";
import type { Random } from "./ports/random.ts";

const nonceBytes = 8;

/** The machine's randomness. */
export function systemRandom(): Random {
  // Asking the system takes longer than the rest of a nonce, so it is asked for many at once.
  let bytes = Buffer.alloc(0);
  let used = 0;
  return {
    fraction: () => Math.random(),
    // 62 bits: fits a signed 64-bit offset, and is never 0.
    nonce() {
      if (used === bytes.length) {
        bytes = randomBytes(512 * nonceBytes);
        used = 0;
      }
      used += nonceBytes;
      return String((bytes.readBigUInt64BE(used - nonceBytes) >> 2n) | 1n);
    },
  };
}
