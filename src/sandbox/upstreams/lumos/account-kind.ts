import { DEPARTMENTS, personOf, titleIn } from "../people.ts";
import { seededRandom } from "../random.ts";
import type { Random } from "../random.ts";
import type { AccountKind, AccountRecord } from "../truth.ts";

/** Those that `list_accounts` is documented to return. */
export const LISTED: readonly unknown[] = ["ACTIVE", "SUSPENDED"];

/** The accounts of an app behind a Lumos connector: no times, and no member but the id is always there. */
export function lumosAccounts(seed: number): AccountKind {
  return {
    idOf: (ordinal) =>
      `00u${seededRandom(seed, ordinal, 0x1f).hex(12)}${ordinal.toString(36).padStart(5, "0")}`,
    create: (ordinal, random) => newAccount(seed, ordinal, random),
    alter: (record, random) => ({ ...record, ...random.pick(ALTERATIONS)(record, random) }),
    stamp: (record, { id }) => ({ integration_specific_id: id, ...record }),
    groupOf: () => "",
  };
}

function newAccount(seed: number, ordinal: number, random: Random): AccountRecord {
  const person = personOf(seed, ordinal);
  if (random.chance(0.05)) {
    return {
      email: null,
      given_name: null,
      family_name: null,
      username: `svc-${random.pick(["backup", "deploy", "scan"])}-${String(ordinal)}`,
      user_status: "ACTIVE",
      account_type: "service",
      extra_data: { owner: person.email },
      custom_attributes: {},
    };
  }
  return {
    email: person.email,
    given_name: person.givenName,
    family_name: person.familyName,
    username: person.userName,
    user_status: random.pick([...Array<string>(17).fill("ACTIVE"), "SUSPENDED", "INACTIVE", "PENDING"]),
    account_type: "user",
    extra_data: random.chance(0.5)
      ? { locale: "en", mfa: random.chance(0.8), groups: [random.hex(4)] }
      : null,
    custom_attributes: { department: person.department, title: person.title },
  };
}

const ALTERATIONS: readonly ((record: AccountRecord, random: Random) => AccountRecord)[] = [
  ({ user_status: status }, random) => ({
    user_status: random.pick(
      ["ACTIVE", "SUSPENDED", "INACTIVE", "DEPROVISIONED"].filter((other) => other !== status),
    ),
  }),
  (_record, random) => {
    const department = random.pick(DEPARTMENTS);
    return { custom_attributes: { department, title: titleIn(department, random), cost: random.hex(6) } };
  },
  (_record, random) => ({ extra_data: { locale: random.pick(["de", "fr", "pl"]), badge: random.hex(8) } }),
  ({ family_name: name }, random) => ({ family_name: `${String(name)}-${random.hex(4)}` }),
];
