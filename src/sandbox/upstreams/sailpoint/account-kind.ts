import { DEPARTMENTS, OFFICES, personOf, phoneNumber, titleIn } from "../people.ts";
import type { Person } from "../people.ts";
import { seededRandom } from "../random.ts";
import type { Random } from "../random.ts";
import type { AccountKind, AccountRecord } from "../truth.ts";
import { sourcesOf } from "./sources.ts";
import type { AggregatedSource } from "./sources.ts";

const GROUPS = "vpn,wiki,finance-ro,payroll,build,oncall,mail-eu,mail-us,printers,crm,admins,audit".split(
  ",",
);
const TEAMS = "platform,web,mobile,data,security,docs".split(",");

/**
 * SailPoint's accounts: each person has one account per source; some are service accounts of nobody.
 *
 * @param stampsNew False where the tenant leaves `modified` out until an account first changes.
 */
export function sailPointAccounts(seed: number, stampsNew: boolean): AccountKind {
  const sources = sourcesOf(seed);
  return {
    idOf: (ordinal) => hexId(seed, ordinal, 0xac),
    create(ordinal, random) {
      const source = sources[ordinal % sources.length] as AggregatedSource;
      const index = Math.floor(ordinal / sources.length);
      const isService = !source.authoritative && random.chance(0.06);
      return isService ? serviceAccount(source, ordinal, random) : personAccount(source, seed, index, random);
    },
    alter: altered,
    stamp(record, { id, createdAtMs, changedAtMs, isNew }) {
      const { id: _id, name, created: _created, modified: _modified, ...rest } = record;
      const modified = isNew && !stampsNew ? {} : { modified: new Date(changedAtMs).toISOString() };
      return { id, name, created: new Date(createdAtMs).toISOString(), ...modified, ...rest };
    },
    groupOf: (record) => String(record["sourceId"]),
  };
}

function hexId(seed: number, ordinal: number, kind: number): string {
  const random = seededRandom(seed, ordinal, kind);
  return `2c9180${random.hex(18)}${ordinal.toString(16).padStart(8, "0")}`;
}

function personAccount(source: AggregatedSource, seed: number, index: number, random: Random): AccountRecord {
  const person = personOf(seed, index);
  const identity = {
    type: "IDENTITY",
    id: hexId(seed, index, 0x1d),
    name: `${person.givenName} ${person.familyName}`,
  };
  const state = random.chance(0.9) ? "ACTIVE" : "INACTIVE_LONG_TERM";
  return {
    ...frameOf(source, random),
    name: source.name === "HR" ? identity.name : person.userName,
    nativeIdentity: nativeIdentityOf(source, person.userName, person.employeeNumber),
    identityId: identity.id,
    identity,
    attributes: attributesOf(source, person, random),
    description: null,
    uncorrelated: false,
    isMachine: false,
    identityState: state,
    cloudLifecycleState: state === "ACTIVE" ? "active" : "terminated",
    recommendation: null,
    ownerIdentity: null,
  };
}

function serviceAccount(source: AggregatedSource, ordinal: number, random: Random): AccountRecord {
  const login = `svc-${random.pick(["backup", "deploy", "scan", "sync", "report"])}-${String(ordinal)}`;
  return {
    ...frameOf(source, random),
    name: login,
    nativeIdentity: nativeIdentityOf(source, login, login),
    attributes: { login, purpose: "automation", memberOf: [random.pick(GROUPS)], passwordNeverExpires: true },
    description: "Service account",
    uncorrelated: true,
    isMachine: true,
    identityState: null,
    cloudLifecycleState: null,
    recommendation: { type: "MACHINE", method: random.pick(["DISCOVERY", "CRITERIA"]) },
    ownerIdentity: null,
  };
}

/** What every account of a source says in the same way. */
function frameOf(source: AggregatedSource, random: Random): AccountRecord {
  return {
    sourceId: source.id,
    sourceName: source.name,
    authoritative: source.authoritative,
    connectionType: source.connectionType,
    features: source.features.join(", "),
    sourceOwner: source.owner,
    uuid: source.authoritative ? null : `{${random.hex(8)}-${random.hex(4)}-${random.hex(12)}}`,
    disabled: random.chance(0.05),
    locked: random.chance(0.02),
    systemAccount: false,
    manuallyCorrelated: random.chance(0.03),
    hasEntitlements: !source.authoritative,
    origin: random.chance(0.8) ? "AGGREGATED" : "PROVISIONED",
  };
}

function nativeIdentityOf(source: AggregatedSource, login: string, number: string): string {
  if (source.authoritative) return number;
  return source.name === "GitHub" ? login : `CN=${login},OU=Users,DC=acme,DC=example`;
}

function attributesOf(source: AggregatedSource, person: Person, random: Random): AccountRecord {
  const shared = { department: person.department, title: person.title, phone: person.phone };
  const names = { givenName: person.givenName, familyName: person.familyName, email: person.email };
  if (source.authoritative) {
    const manager = { employeeNumber: String(100_000 + random.below(1_000)), relation: "line" };
    return {
      ...names,
      ...shared,
      employeeNumber: person.employeeNumber,
      hireDate: person.hiredOn,
      location: person.office,
      manager,
    };
  }
  if (source.name === "GitHub") {
    return {
      ...names,
      login: person.userName,
      siteAdmin: false,
      twoFactor: random.chance(0.9),
      memberOf: [random.pick(TEAMS)],
    };
  }
  const memberOf = GROUPS.filter(() => random.chance(0.25));
  return {
    ...names,
    ...shared,
    sAMAccountName: person.userName,
    mail: person.email,
    memberOf,
    office: person.office.city,
  };
}

const ALTERATIONS: readonly ((
  record: AccountRecord,
  attributes: AccountRecord,
  random: Random,
) => AccountRecord)[] = [
  (record) => ({ ...record, disabled: record["disabled"] !== true }),
  (record) => ({ ...record, locked: record["locked"] !== true }),
  (record, attributes, random) => {
    const department = other(DEPARTMENTS, attributes["department"], random);
    return { ...record, attributes: { ...attributes, department, title: titleIn(department, random) } };
  },
  (record, attributes, random) => ({
    ...record,
    attributes: { ...attributes, phone: `${phoneNumber(random)} x${random.hex(4)}` },
  }),
  (record, attributes, random) => {
    const before = Array.isArray(attributes["memberOf"]) ? (attributes["memberOf"] as string[]) : [];
    const group = random.pick(GROUPS);
    const memberOf = before.includes(group) ? before.filter((name) => name !== group) : [...before, group];
    return { ...record, hasEntitlements: memberOf.length > 0, attributes: { ...attributes, memberOf } };
  },
  (record, attributes, random) => ({
    ...record,
    attributes: { ...attributes, location: other(OFFICES, attributes["location"], random) },
  }),
];

function altered(record: AccountRecord, random: Random): AccountRecord {
  return random.pick(ALTERATIONS)(record, (record["attributes"] ?? {}) as AccountRecord, random);
}

function other<T>(list: readonly T[], current: unknown, random: Random): T {
  const different = list.filter((entry) => JSON.stringify(entry) !== JSON.stringify(current));
  return random.pick(different);
}
