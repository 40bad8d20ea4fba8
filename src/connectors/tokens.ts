import { TidemarkError } from "../core/errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Grants } from "../ports/grants.ts";
import type { AccessToken, Tokens } from "../ports/http.ts";

const renewEarlyMs = 60_000;

/** The access tokens of one source group, in memory. */
export function tokens(clock: Clock, grants: Grants): Tokens {
  const kept = new Map<string, { token: string; renewAtMs: number }>();
  const refused = new Map<string, string>();
  const underway = new Map<string, Promise<AccessToken>>();

  async function renewed(
    credential: string,
    obtain: (refused: string | null) => Promise<AccessToken>,
  ): Promise<string> {
    const askedAtMs = clock.monotonicMs();
    const flight = obtain(refused.get(credential) ?? null);
    underway.set(credential, flight);
    try {
      const { token, expiresInMs } = await flight;
      kept.set(credential, {
        token,
        renewAtMs: askedAtMs + expiresInMs - Math.min(renewEarlyMs, expiresInMs / 10),
      });
      return token;
    } finally {
      underway.delete(credential);
    }
  }

  return {
    grants,
    async get(credential, obtain) {
      for (;;) {
        const current = kept.get(credential);
        if (current !== undefined && clock.monotonicMs() < current.renewAtMs) return current.token;
        const flight = underway.get(credential);
        if (flight === undefined) return renewed(credential, obtain);
        try {
          return (await flight).token;
        } catch (error) {
          // A refusal is everybody's; but whoever asked may just have been told to stop, which is nothing to us.
          if (error instanceof TidemarkError) throw error;
        }
      }
    },
    forget(credential, token) {
      if (kept.get(credential)?.token !== token) return;
      kept.delete(credential);
      refused.set(credential, token);
    },
  };
}
