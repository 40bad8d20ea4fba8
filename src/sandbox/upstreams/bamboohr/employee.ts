import { randomUUID } from "node:crypto";
import type { AccountRecord, Version } from "../truth.ts";
import type { BambooHrBehaviour } from "./behaviour.ts";
import { Refused } from "./refusal.ts";

const MAX_FIELDS = 400;

/** What an employee has beside its stored fields. `photoUrl` is signed anew for every answer. */
const COMPUTED: Readonly<Record<string, (record: AccountRecord) => string>> = {
  photoUrl: ({ id }) =>
    `https://photos.example/${String(id)}.jpg?Expires=${String(Date.now())}&Signature=${randomUUID()}`,
  photoUploaded: ({ isPhotoUploaded }) => String(isPhotoUploaded),
  canUploadPhoto: () => "yes",
};

/**
 * The fields that were asked for; unknown and hidden ones are silently left out, and the id is always there.
 *
 * @throws Refused 400 for more than 400 fields.
 */
export function employeeFields(
  version: Version,
  fields: readonly string[],
  behaviour: BambooHrBehaviour,
): Record<string, unknown> {
  checkFieldCount(fields);
  const record = JSON.parse(version.json ?? "{}") as AccountRecord;
  const shown: Record<string, unknown> = { id: version.id };
  for (const name of fields) {
    if (behaviour.hiddenFields.includes(name)) continue;
    const compute = Object.hasOwn(COMPUTED, name) ? COMPUTED[name] : undefined;
    if (compute !== undefined) shown[name] = compute(record);
    else if (Object.hasOwn(record, name)) shown[name] = record[name];
  }
  return shown;
}

/** @throws Refused 400 for more than 400 fields. */
export function checkFieldCount(fields: readonly string[]): void {
  if (fields.length > MAX_FIELDS)
    throw new Refused(400, `More than ${String(MAX_FIELDS)} fields were requested`);
}

const DATES: readonly string[] = ["hireDate", "originalHireDate", "terminationDate", "dateOfBirth"];

/** `GET meta/fields`: ids are numbers for the old fields and texts for the newer ones. */
export function fieldCatalogue(sample: Version | undefined, behaviour: BambooHrBehaviour): unknown[] {
  const names = Object.keys(JSON.parse(sample?.json ?? "{}") as AccountRecord).concat(Object.keys(COMPUTED));
  return names
    .filter((name) => name !== "id" && !behaviour.hiddenFields.includes(name))
    .map((name, index) => {
      const type = DATES.includes(name) ? "date" : name === "status" ? "status" : "text";
      const label = name.replaceAll(/(?<=[a-z])(?=[A-Z])/gu, " ");
      return { id: index % 3 === 0 ? name : index + 1, name: label, type, alias: name };
    });
}
