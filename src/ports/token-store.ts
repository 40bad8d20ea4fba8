import type { GrantKey } from "./grants.ts";

/** A token as it is stored: sealed by a key that the database never sees. */
export interface StoredToken {
  /** Hex. */
  sealed: string;
  /** What is left of the access token's life, by the database's clock; below zero when it is over. */
  expiresInMs: number;
}

export interface TokenStore {
  /** What was stored last under this key; null when nothing was. */
  storedToken(key: GrantKey): Promise<StoredToken | null>;
  /**
   * Stores a token in the place of the one that was read. It is fenced by that one and not by a shard's term: what the upstream gave for it is
   * all that is left of the grant, and is not to be lost because the shard was.
   * @param change.replaces The sealed token that was read; null when there was none.
   * @returns false when another one is stored by now: that one stays.
   */
  replaceToken(change: GrantKey & StoredToken & { replaces: string | null }): Promise<boolean>;
}
