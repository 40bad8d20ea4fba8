import type { GrantKey } from "../ports/grants.ts";
import type { StoredToken, TokenStore } from "../ports/store.ts";
import { type Queryable, run, sql } from "./sql.ts";

const stored = sql(
  "token.stored",
  `select encode(sealed, 'hex') as sealed, -age_ms(expires_at) as "expiresInMs"
   from token where credential = $1 and seed = decode($2, 'hex')`,
);

/** @see TokenStore.storedToken */
export async function storedToken(db: Queryable, key: GrantKey): Promise<StoredToken | null> {
  const [row] = await run<StoredToken>(db, stored, [key.credential, key.seed]);
  return row ?? null;
}

const replace = sql(
  "token.replace",
  // The stored token itself is the fence: no two are sealed alike.
  `insert into token (credential, seed, sealed, expires_at)
   values ($1, decode($2, 'hex'), decode($3, 'hex'), from_now($4::double precision))
   on conflict (credential, seed) do update set
     sealed = excluded.sealed, expires_at = excluded.expires_at, updated_at = now()
   where token.sealed = decode($5, 'hex')
   returning 1`,
);

/** @see TokenStore.replaceToken */
export async function replaceToken(
  db: Queryable,
  change: Parameters<TokenStore["replaceToken"]>[0],
): Promise<boolean> {
  const { credential, seed, sealed, expiresInMs, replaces } = change;
  return (await run(db, replace, [credential, seed, sealed, expiresInMs, replaces])).length > 0;
}
