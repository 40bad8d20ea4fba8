import { z } from "zod";
import type { Version } from "../truth.ts";
import type { Visibility } from "../visibility.ts";
import type { BambooHrBehaviour } from "./behaviour.ts";
import { checkFieldCount, employeeFields } from "./employee.ts";
import { parseInstant } from "./instant.ts";
import { Refused } from "./refusal.ts";

const reportBody = z.object({
  title: z.string().optional(),
  fields: z.array(z.string()),
  filters: z
    .object({
      lastChanged: z.object({ value: z.string(), includeNull: z.string().optional() }).optional(),
      employeeIds: z.array(z.union([z.string(), z.number()])).optional(),
    })
    .optional(),
});

export interface Report {
  readonly title: string;
  readonly fields: readonly { readonly id: string; readonly type: string; readonly name: string }[];
  readonly employees: readonly Readonly<Record<string, unknown>>[];
}

/**
 * Runs a custom report over all employees, inactive ones too.
 *
 * @param contentType Anything but exactly `application/json` makes the vendor read the body as XML.
 * @throws Refused 400 for a body that is not as documented.
 */
export function customReport(
  visible: Visibility,
  behaviour: BambooHrBehaviour,
  contentType: string | undefined,
  text: string,
): Report {
  if (contentType !== "application/json") throw new Refused(400, "Malformed XML");
  const { title = "Report", fields, filters } = parseBody(text);
  checkFieldCount(fields);
  const sinceMs = filters?.lastChanged === undefined ? undefined : parseInstant(filters.lastChanged.value);
  if (filters?.lastChanged !== undefined && sinceMs === undefined)
    throw new Refused(400, "Invalid lastChanged filter");
  const wanted = filters?.employeeIds === undefined ? undefined : new Set(filters.employeeIds.map(String));

  const isListed = (version: Version): boolean =>
    (wanted === undefined || wanted.has(version.id)) &&
    (sinceMs === undefined || Math.floor(version.atMs / 1000) * 1000 >= sinceMs) &&
    !behaviour.forbiddenIds.includes(version.id);
  const index = visible.index("employees", byNumber, (version) => version.json !== null);
  const employees = [...index.between(0, index.size)]
    .filter(isListed)
    .map((version) => employeeFields(version, fields, behaviour));
  const known = new Set(employees.flatMap((employee) => Object.keys(employee)));
  return {
    title,
    fields: fields.filter((name) => known.has(name)).map((name) => ({ id: name, type: "text", name })),
    employees,
  };
}

function parseBody(text: string): z.infer<typeof reportBody> {
  try {
    return reportBody.parse(JSON.parse(text));
  } catch (cause) {
    throw new Refused(400, cause instanceof z.ZodError ? "Invalid report request" : "Malformed JSON");
  }
}

function byNumber(a: Version, b: Version): number {
  return Number(a.id) - Number(b.id) || (a.id < b.id ? -1 : Number(a.id > b.id));
}
