import type { Clock } from "../../ports/clock.ts";
import type { GrantKey, Grants, KeptGrant } from "../../ports/grants.ts";

/** Keeps grants as long as the process lives. */
export function memoryGrants(clock: Clock): Grants {
  const kept = new Map<string, KeptGrant & { endsAtMs: number }>();
  const nameOf = ({ credential, seed }: GrantKey) => `${credential} ${seed}`;
  let writes = 0;
  const newest: Grants["newest"] = async (key) => {
    const grant = kept.get(nameOf(key));
    return grant === undefined ? null : { ...grant, expiresInMs: grant.endsAtMs - clock.monotonicMs() };
  };
  return {
    newest,
    async newerThan(key, known) {
      const grant = await newest(key);
      return grant?.sealed === known?.sealed ? null : grant;
    },
    async keep(key, grant, replaces) {
      // What another one has kept since then is newer.
      if (kept.get(nameOf(key))?.sealed !== replaces?.sealed) return;
      writes += 1;
      const endsAtMs = clock.monotonicMs() + grant.expiresInMs;
      kept.set(nameOf(key), { ...grant, sealed: String(writes), endsAtMs });
    },
  };
}
