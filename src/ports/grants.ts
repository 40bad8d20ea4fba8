/** Names what an operator has authorised; neither part is secret. */
export interface GrantKey {
  /** Token address and client id. */
  credential: string;
  /** SHA-256 of the refresh token in the settings, as hex: an operator who configures another one begins anew. */
  seed: string;
}

/** What a token address has given. */
export interface Grant {
  accessToken: string;
  /** The only one that the upstream is sure to accept: many replace it with every refresh. */
  refreshToken: string;
  /** Of the access token. */
  expiresInMs: number;
}

/** A grant that is stored. */
export interface KeptGrant extends Grant {
  /** As it is stored: differs between any two writes. */
  readonly sealed: string;
}

/** Keeps OAuth grants beyond the life of a process: sealed, in the database. */
export interface Grants {
  /**
   * The grant that was kept last, by whichever process; null when there is none.
   * @throws SourceHaltedError `TIDEMARK_SOURCE_SETTINGS` when there is no key to seal grants with, or none that opens this one
   * @throws RetryableError when the database cannot tell, or cannot take a grant that is still to be stored
   */
  newest(key: GrantKey): Promise<KeptGrant | null>;
  /**
   * A grant that was kept since `kept` was read, by whichever process; null when there is none. It waits a moment for one that is under way.
   */
  newerThan(key: GrantKey, kept: KeptGrant | null): Promise<KeptGrant | null>;
  /**
   * Resolves when the grant is stored: use nothing of it before. While the database is away it tries again for a minute; one that
   * still could not be stored stays in memory, and the next call of `newest` stores it first.
   * @param replaces What `newest` returned; a grant that another process has kept since then stays.
   */
  keep(key: GrantKey, grant: Grant, replaces: KeptGrant | null): Promise<void>;
}
