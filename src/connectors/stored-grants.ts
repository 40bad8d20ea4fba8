import { z } from "zod";
import { RetryableError } from "../core/errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { GrantKey, Grants } from "../ports/grants.ts";
import type { TokenStore } from "../ports/store.ts";
import type { TokenSeal } from "./token-seal.ts";

const secretsSchema = z.object({ accessToken: z.string(), refreshToken: z.string() });

/** A grant that is not in the database yet. */
interface Unsaved {
  sealed: string;
  /** By the monotonic clock. */
  endsAtMs: number;
  replaces: string | null;
}

/** A minute: longer than a database takes to restart or to fail over. Until it is stored, nobody else has the grant. */
const tries = 60;
const pauseMs = 1_000;
/** Longer than it takes from an upstream's answer to the end of its storing. */
const patienceMs = 2_000;
const lookMs = 250;

/** The grants of a process, kept in the database under a seal. */
export function storedGrants(store: TokenStore, seal: TokenSeal, clock: Clock): Grants {
  const unsaved = new Map<string, Unsaved>();

  /** Whatever else is stored by now stays: it is newer, or this very grant, whose outcome was lost. */
  const save = async (key: GrantKey, change: Unsaved) => {
    const { sealed, endsAtMs, replaces } = change;
    await store.replaceToken({ ...key, sealed, expiresInMs: endsAtMs - clock.monotonicMs(), replaces });
    if (unsaved.get(labelOf(key)) === change) unsaved.delete(labelOf(key));
  };

  const newest: Grants["newest"] = async (key) => {
    // Before a refresh token is used up, not when its successor is to be stored.
    seal.demandKey();
    const waiting = unsaved.get(labelOf(key));
    if (waiting !== undefined) await save(key, waiting);
    const stored = await store.storedToken(key);
    if (stored === null) return null;
    const { sealed, expiresInMs } = stored;
    return { ...secretsSchema.parse(JSON.parse(seal.open(sealed, labelOf(key)))), expiresInMs, sealed };
  };

  return {
    newest,
    async newerThan(key, kept) {
      const untilMs = clock.monotonicMs() + patienceMs;
      for (;;) {
        const current = await newest(key);
        if (current !== null && current.sealed !== kept?.sealed) return current;
        if (clock.monotonicMs() >= untilMs) return null;
        await clock.sleep(lookMs);
      }
    },
    async keep(key, { accessToken, refreshToken, expiresInMs }, replaces) {
      const change: Unsaved = {
        sealed: seal.seal(JSON.stringify({ accessToken, refreshToken }), labelOf(key)),
        endsAtMs: clock.monotonicMs() + expiresInMs,
        replaces: replaces?.sealed ?? null,
      };
      unsaved.set(labelOf(key), change);
      for (let failures = 1; ; failures++) {
        try {
          return await save(key, change);
        } catch (error) {
          if (!(error instanceof RetryableError) || failures === tries) throw error;
          await clock.sleep(pauseMs);
        }
      }
    },
  };
}

function labelOf({ credential, seed }: GrantKey): string {
  return `${credential} (seed ${seed})`;
}
