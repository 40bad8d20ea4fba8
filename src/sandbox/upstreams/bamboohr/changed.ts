import type { Version } from "../truth.ts";
import type { Visibility } from "../visibility.ts";
import type { BambooHrBehaviour } from "./behaviour.ts";
import { parseInstant, secondsText } from "./instant.ts";
import { Refused } from "./refusal.ts";

const TYPES: readonly (string | undefined)[] = [undefined, "all", "inserted", "updated", "deleted"];

export interface ChangedEmployee {
  readonly id: string;
  readonly action: "Inserted" | "Updated" | "Deleted";
  readonly lastChanged: string;
}

export interface ChangeList {
  /** The newest change of all that are listed; "" without any. */
  readonly latest: string;
  readonly employees: readonly ChangedEmployee[];
}

/**
 * The employees that changed since an instant, each with its newest change only.
 *
 * @throws Refused 400 when `since` or `type` is not one of the documented forms.
 */
export function changedEmployees(
  visible: Visibility,
  behaviour: BambooHrBehaviour,
  query: { readonly since?: string; readonly type?: string },
): ChangeList {
  const sinceMs = query.since === undefined ? undefined : parseInstant(query.since);
  if (sinceMs === undefined) throw new Refused(400, "Invalid or missing 'since' parameter");
  if (!TYPES.includes(query.type)) throw new Refused(400, "Invalid 'type' parameter");

  // The feed knows no milliseconds.
  const isSince = (atMs: number): boolean => {
    const second = Math.floor(atMs / 1000) * 1000;
    return behaviour.sinceIncludes ? second >= sinceMs : second > sinceMs;
  };
  const actionOf = ({ op, createdAtMs }: Version): ChangedEmployee["action"] => {
    if (op === "delete") return "Deleted";
    return isSince(createdAtMs) ? "Inserted" : "Updated";
  };
  const oldestFirst = visible.index("changed", byChange, () => true);
  const found = [
    ...oldestFirst.between(
      oldestFirst.firstWhere(({ atMs }) => isSince(atMs)),
      oldestFirst.size,
    ),
  ]
    .map((version) => ({ version, action: actionOf(version) }))
    .filter(
      ({ action }) => query.type === undefined || query.type === "all" || action.toLowerCase() === query.type,
    );
  const latest = found.at(-1)?.version.atMs;
  return {
    latest: latest === undefined ? "" : secondsText(latest),
    employees: found.map(({ version, action }) => {
      const isDatedByInsertion = action === "Inserted" && behaviour.showsInsertionDate;
      const shownMs = isDatedByInsertion ? version.createdAtMs : version.atMs;
      return { id: version.id, action, lastChanged: secondsText(shownMs) };
    }),
  };
}

/** The answer as the vendor's PHP writes it: a map, but an empty *list* when nothing changed. */
export function changeListJson({ latest, employees }: ChangeList): unknown {
  const byId = Object.fromEntries(employees.map((employee) => [employee.id, employee]));
  return { latest, employees: employees.length === 0 ? [] : byId };
}

function byChange(a: Version, b: Version): number {
  return a.atMs - b.atMs || (a.id < b.id ? -1 : Number(a.id > b.id));
}
