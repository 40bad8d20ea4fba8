import { seededRandom } from "./random.ts";
import type { Random } from "./random.ts";

/** A made-up employee; the raw material of every simulated upstream's accounts. */
export interface Person {
  readonly givenName: string;
  readonly familyName: string;
  readonly userName: string;
  readonly email: string;
  readonly employeeNumber: string;
  readonly department: string;
  readonly title: string;
  readonly office: Office;
  readonly phone: string;
  /** `YYYY-MM-DD`. */
  readonly hiredOn: string;
  readonly bornOn: string;
}

export interface Office {
  readonly city: string;
  readonly region: string;
  readonly country: string;
}

const GIVEN_NAMES =
  "Ada Amir Anna Björn Bruno Carla Chen Chloé Daan Dana Diego Elif Emma Erik Farah Felix Fiona Grace Hana Hugo Ines Isaac Ivan Jana Jorge Julia Kai Kenji Lena Liam Lucía Łukasz Maja Malik Marta Mei Mila Naomi Nils Noor Olga Omar Paula Priya Quinn Rafael Ravi Rosa Sana Sofia Sven Tariq Tess Uma Vera Viktor Wanda Yara Yusuf Zoë".split(
    " ",
  );
const FAMILY_NAMES =
  "Abbott Adeyemi Almeida Andersson Bauer Becker Bianchi Castillo Chandra Cohen Costa Dubois Eriksen Fischer Fontaine García Haddad Hansen Ibrahim Ito Jansen Johnson Kaya Keller Kim Kowalska Kumar Larsen Lefèvre Lopez Martin Mbeki Meyer Moreau Müller Nakamura Nguyen Novák O'Brien Okafor Olsen Osei Park Patel Pereira Petrov Quist Rossi Sánchez Sato Schmidt Silva Singh Smith Suzuki Tanaka Torres Varga Wójcik Yilmaz".split(
    " ",
  );
const TITLES: Readonly<Record<string, readonly string[]>> = {
  Engineering: ["Software Engineer", "Staff Engineer", "Site Reliability Engineer", "Engineering Manager"],
  Finance: ["Accountant", "Controller", "Payroll Specialist", "Financial Analyst"],
  "Human Resources": ["HR Generalist", "Recruiter", "People Partner"],
  Legal: ["Counsel", "Paralegal", "Privacy Officer"],
  Marketing: ["Content Designer", "Campaign Manager", "Brand Lead"],
  Operations: ["Buyer", "Logistics Planner", "Facilities Manager"],
  Sales: ["Account Executive", "Sales Engineer", "Regional Director"],
  Support: ["Support Engineer", "Customer Success Manager", "Support Lead"],
};

export const DEPARTMENTS: readonly string[] = Object.keys(TITLES);

export const OFFICES: readonly Office[] = [
  { city: "Zürich", region: "ZH", country: "Switzerland" },
  { city: "Austin", region: "TX", country: "United States" },
  { city: "Łódź", region: "LD", country: "Poland" },
  { city: "Dublin", region: "D", country: "Ireland" },
  { city: "Nagoya", region: "Aichi", country: "Japan" },
];

/** One of the titles that a department has. */
export function titleIn(department: string, random: Random): string {
  return random.pick(TITLES[department] ?? ["Specialist"]);
}

export function phoneNumber(random: Random): string {
  return `+1 555 ${String(100 + random.below(900))} ${String(1000 + random.below(9000))}`;
}

/**
 * The person with a number: always the same one for the same seed.
 *
 * @param index 0, 1, 2 …; user name, e-mail and employee number are unique by it.
 */
export function personOf(seed: number, index: number): Person {
  const random = seededRandom(seed, index, 0x70e0);
  const givenName = random.pick(GIVEN_NAMES);
  const familyName = random.pick(FAMILY_NAMES);
  const userName = `${plain(givenName)}.${plain(familyName)}${String(index + 1)}`;
  const department = random.pick(DEPARTMENTS);
  return {
    givenName,
    familyName,
    userName,
    email: `${userName}@acme.example`,
    employeeNumber: String(100_000 + index),
    department,
    title: titleIn(department, random),
    office: random.pick(OFFICES),
    phone: phoneNumber(random),
    hiredOn: dayBetween(random, 2012, 2024),
    bornOn: dayBetween(random, 1960, 2002),
  };
}

function plain(name: string): string {
  const withoutMarks = name.toLowerCase().replaceAll("ł", "l").normalize("NFD");
  return withoutMarks.replaceAll(/[^a-z]/gu, "");
}

function dayBetween(random: Random, firstYear: number, lastYear: number): string {
  const from = Date.UTC(firstYear, 0, 1);
  const to = Date.UTC(lastYear + 1, 0, 1);
  return new Date(from + random.below(to - from)).toISOString().slice(0, 10);
}
