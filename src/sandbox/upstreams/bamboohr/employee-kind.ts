import { DEPARTMENTS, OFFICES, personOf, phoneNumber, titleIn } from "../people.ts";
import type { Random } from "../random.ts";
import type { AccountKind, AccountRecord } from "../truth.ts";
import { secondsText } from "./instant.ts";

const DIVISIONS = ["Europe", "North America", "Asia-Pacific"];

/** BambooHR's employees: flat, and every value a string or null; ids are small numbers. */
export function bambooHrEmployees(seed: number): AccountKind {
  return {
    idOf: (ordinal) => String(ordinal + 1),
    create: (ordinal, random) => newEmployee(seed, ordinal, random),
    alter: (record, random) => ({ ...record, ...random.pick(ALTERATIONS)(record, random) }),
    stamp: (record, { id, changedAtMs }) => ({ ...record, id, lastChanged: secondsText(changedAtMs) }),
    groupOf: () => "",
  };
}

function newEmployee(seed: number, ordinal: number, random: Random): AccountRecord {
  const person = personOf(seed, ordinal);
  const isActive = random.chance(0.92);
  return {
    employeeNumber: person.employeeNumber,
    firstName: person.givenName,
    middleName: random.chance(0.2) ? random.pick(["Anne", "José", "Lee"]) : "",
    lastName: person.familyName,
    preferredName: random.chance(0.1) ? person.givenName.slice(0, 3) : null,
    displayName: `${person.givenName} ${person.familyName}`,
    jobTitle: person.title,
    department: person.department,
    division: random.pick(DIVISIONS),
    location: person.office.city,
    city: person.office.city,
    state: person.office.region,
    country: person.office.country,
    workEmail: person.email,
    homeEmail: random.chance(0.5) ? `${person.userName}@mail.example` : null,
    workPhone: person.phone,
    mobilePhone: random.chance(0.7) ? phoneNumber(random) : "",
    hireDate: person.hiredOn,
    originalHireDate: "0000-00-00",
    terminationDate: isActive ? "0000-00-00" : "2025-06-30",
    status: isActive ? "Active" : "Inactive",
    employmentHistoryStatus: isActive ? "Full-Time" : "Terminated",
    supervisorEId: ordinal === 0 ? null : String(1 + random.below(Math.min(ordinal, 20))),
    dateOfBirth: person.bornOn,
    gender: null,
    customBadge: `B-${random.hex(6)}`,
    isPhotoUploaded: random.chance(0.5) ? "true" : "false",
  };
}

const ALTERATIONS: readonly ((record: AccountRecord, random: Random) => AccountRecord)[] = [
  (record, random) => {
    const department = random.pick(DEPARTMENTS.filter((name) => name !== record["department"]));
    return { department, jobTitle: titleIn(department, random) };
  },
  (record, random) => {
    const office = random.pick(OFFICES.filter(({ city }) => city !== record["city"]));
    return { location: office.city, city: office.city, state: office.region, country: office.country };
  },
  (record) =>
    record["status"] === "Active"
      ? { status: "Inactive", employmentHistoryStatus: "Terminated", terminationDate: "2026-01-31" }
      : { status: "Active", employmentHistoryStatus: "Full-Time", terminationDate: "0000-00-00" },
  (_record, random) => ({ mobilePhone: `${phoneNumber(random)} x${random.hex(4)}` }),
  (_record, random) => ({ customBadge: `B-${random.hex(8)}` }),
];
