import { personOf } from "../people.ts";
import { seededRandom } from "../random.ts";
import type { Random } from "../random.ts";
import type { AccountKind, AccountRecord } from "../truth.ts";

export const ROLES = ["manager", "editor", "leadership", "guardian", "teacher", "student"];

/** CENTURY's users; any member but `userId` may be null, and times have whole seconds. */
export function centuryUsers(seed: number): AccountKind {
  return {
    idOf: (ordinal) => {
      const digits = seededRandom(seed, ordinal, 0xce).hex(24);
      const parts = [
        digits.slice(0, 8),
        digits.slice(8, 12),
        `4${digits.slice(13, 16)}`,
        `a${digits.slice(17, 20)}`,
      ];
      return [...parts, `${digits.slice(20)}${ordinal.toString(16).padStart(8, "0")}`].join("-");
    },
    create(ordinal, random) {
      const person = personOf(seed, ordinal);
      const role = random.chance(0.8) ? "student" : random.pick(ROLES);
      return {
        upn: role === "student" ? `Y${random.hex(12).toUpperCase()}` : null,
        externalId: random.chance(0.9) ? `External_${String(ordinal + 1)}` : null,
        username: person.userName,
        firstName: person.givenName,
        lastName: person.familyName,
        fullName: `${person.givenName} ${person.familyName}`,
        gender: random.pick(["female", "male", null]),
        dateOfBirth: role === "student" ? `201${person.bornOn.slice(3)}` : null,
        emails: random.chance(0.9) ? [person.email] : [],
        roles: [role],
      };
    },
    alter: (record, random) => ({ ...record, ...random.pick(ALTERATIONS)(record, random) }),
    stamp: (record, { id, createdAtMs, changedAtMs }) => ({
      ...record,
      userId: id,
      createdAt: seconds(createdAtMs),
      updatedAt: seconds(changedAtMs),
    }),
    groupOf: () => "",
  };
}

function seconds(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}

const ALTERATIONS: readonly ((record: AccountRecord, random: Random) => AccountRecord)[] = [
  (_record, random) => ({ emails: [`user-${random.hex(8)}@school.example`] }),
  ({ roles }, random) => {
    const others = ROLES.filter((role) => !(roles as string[]).includes(role));
    return { roles: [...(roles as string[]).slice(-1), random.pick(others)] };
  },
  (_record, random) => ({ externalId: `External_${random.hex(6)}` }),
];
