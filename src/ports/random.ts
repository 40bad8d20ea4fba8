/** Randomness, as an argument. */
export interface Random {
  /** 0 ≤ x < 1. */
  fraction(): number;
  /** A positive 62-bit integer as decimal text: nonces of batches and barriers. */
  nonce(): string;
}
