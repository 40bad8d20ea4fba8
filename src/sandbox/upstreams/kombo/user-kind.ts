import { personOf } from "../people.ts";
import { seededRandom } from "../random.ts";
import type { Random } from "../random.ts";
import type { AccountKind, AccountRecord } from "../truth.ts";

const ROLES = ["HIRING_MANAGER", "RECRUITER", "COORDINATOR", "SOURCER", "INTERVIEWER", "ADMIN"];

/** Kombo's users of an applicant tracking system; `changed_at` and `remote_deleted_at` are made when they are served. */
export function komboUsers(seed: number): AccountKind {
  return {
    idOf: (ordinal) => `${seededRandom(seed, ordinal, 0x6b).hex(16)}${ordinal.toString(36).padStart(8, "K")}`,
    create(ordinal, random) {
      const person = personOf(seed, ordinal);
      return {
        remote_id: String(ordinal + 1),
        first_name: person.givenName,
        last_name: person.familyName,
        email: random.chance(0.95) ? person.email : null,
        status: random.chance(0.9) ? "ACTIVE" : "INACTIVE",
        remote_data: random.chance(0.5) ? { "/users": { id: ordinal + 1, title: person.title } } : null,
        system_roles: random.chance(0.7) ? [role(random)] : [],
      };
    },
    alter: (record, random) => ({ ...record, ...random.pick(ALTERATIONS)(record, random) }),
    stamp: (record, { id }) => ({ ...record, id }),
    groupOf: () => "",
  };
}

function role(random: Random): AccountRecord {
  const type = random.pick(ROLES);
  const scope = random.pick(["SYSTEM", "JOB", null]);
  return { remote_id: random.hex(6), remote_label: type.toLowerCase(), unified_type: type, scope };
}

const ALTERATIONS: readonly ((record: AccountRecord, random: Random) => AccountRecord)[] = [
  (_record, random) => ({ email: `user-${random.hex(8)}@acme.example` }),
  (record) => ({ status: record["status"] === "ACTIVE" ? "INACTIVE" : "ACTIVE" }),
  (_record, random) => ({ last_name: `${random.pick(["Stone", "Rivers", "Field"])} ${random.hex(4)}` }),
  // Linked data: the user is found by it, and its `changed_at` stays.
  (_record, random) => ({ system_roles: [role(random)] }),
];
