import { z } from "zod";
import type { Version } from "../truth.ts";
import type { World } from "../vendor.ts";
import type { BambooHrBehaviour } from "./behaviour.ts";
import { checkFieldCount, employeeFields } from "./employee.ts";
import { parseInstant } from "./instant.ts";
import { Refused } from "./refusal.ts";

const reportBody = z.strictObject({
  title: z.string().optional(),
  fields: z.array(z.string()),
  filters: z
    .strictObject({
      lastChanged: z.strictObject({ value: z.string(), includeNull: z.string().optional() }).optional(),
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
  { visible, truth, clock, behaviour }: World<BambooHrBehaviour>,
  contentType: string | undefined,
  text: string,
): Report {
  if (contentType !== "application/json") throw new Refused(400, "Malformed XML");
  const { title = "Report", fields, filters } = parseBody(text);
  checkFieldCount(fields);
  const sinceMs = filters?.lastChanged === undefined ? undefined : parseInstant(filters.lastChanged.value);
  if (filters?.lastChanged !== undefined && sinceMs === undefined)
    throw new Refused(400, "Invalid lastChanged filter");
  const ids = behaviour.ignoresReportIds ? undefined : filters?.employeeIds;
  const wanted = ids === undefined ? undefined : new Set(ids.map(String));

  const copiedAtMs = clock.now() - behaviour.reportLagMs;
  const copyOf = ({ id, number }: Version): Version | undefined =>
    truth.history(id).findLast((version) => version.number <= number && version.atMs <= copiedAtMs);
  const isListed = ({ id, json, atMs }: Version): boolean =>
    json !== null &&
    (sinceMs === undefined || Math.floor(atMs / 1000) * 1000 >= sinceMs) &&
    !behaviour.forbiddenIds.includes(id);
  const index = visible.index("employees", byNumber, () => true);
  const employees = [...index.between(0, index.size)]
    .filter(({ id }) => wanted?.has(id) ?? true)
    .flatMap((version) => copyOf(version) ?? [])
    .filter(isListed)
    .map((version) => employeeFields(version, fields, behaviour))
    .map(behaviour.reportsNulls ? withNulls : (employee) => employee);
  const known = new Set(employees.flatMap((employee) => Object.keys(employee)));
  return {
    title,
    fields: fields.filter((name) => known.has(name)).map((name) => ({ id: name, type: "text", name })),
    employees,
  };
}

/** Nothing is null, whether it was never entered or emptied. */
function withNulls(employee: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(employee).map(([name, value]) => [
      name,
      value === "" || value === "0000-00-00" ? null : value,
    ]),
  );
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
