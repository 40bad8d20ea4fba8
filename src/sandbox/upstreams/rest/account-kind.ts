import { personOf } from "../people.ts";
import type { AccountKind } from "../truth.ts";

/** How times are written and compared. */
export type TimeFormat = "iso" | "epochSeconds" | "epochMillis";

/** An instant as the service writes it. */
export const toTime: Record<TimeFormat, (atMs: number) => string | number> = {
  iso: (atMs) => new Date(atMs).toISOString(),
  epochSeconds: (atMs) => Math.floor(atMs / 1_000),
  epochMillis: (atMs) => atMs,
};

/** Accounts as many services have them: names nested, the id a number, a flag instead of a status. */
export function restAccounts(seed: number, time: TimeFormat): AccountKind {
  return {
    idOf: (ordinal) => String(1_000 + ordinal),
    create(ordinal, random) {
      const { givenName, familyName, email, userName } = personOf(seed, ordinal);
      return {
        login: userName,
        name: { given: givenName, family: familyName },
        email,
        active: random.chance(0.9),
      };
    },
    alter: (record, random) => ({ ...record, email: `user-${random.hex(8)}@acme.example` }),
    stamp: (record, { id, createdAtMs, changedAtMs }) => ({
      ...record,
      id: Number(id),
      created: toTime[time](createdAtMs),
      updated: toTime[time](changedAtMs),
    }),
    groupOf: () => "",
  };
}
