import type { Item } from "../vendor.ts";

type Members = Item["members"];
type Edit = (item: Item, index: number) => Item;

/** Replaces each entry of a feed, each employee of a report, or the one employee that an answer is. */
export function editItems(answer: unknown, edit: Edit): unknown {
  const { employees, ...rest } = answer as Members;
  if (employees === undefined) return editEmployee(rest, edit, 0);
  if (Array.isArray(employees)) {
    return {
      ...rest,
      employees: (employees as Members[]).map((employee, index) => editEmployee(employee, edit, index)),
    };
  }
  const edited = Object.values(employees as Record<string, Members>).map((entry, index) =>
    editEmployee(entry, edit, index),
  );
  // The key says the id again: an entry without id has an empty one.
  return {
    ...rest,
    employees: Object.fromEntries(edited.map((entry) => [entry.id ?? "", entry])),
  };
}

export function withoutItems(answer: unknown): unknown {
  const members = answer as Members;
  if (!("employees" in members)) return {};
  return { ...members, ...("latest" in members ? { latest: "" } : {}), employees: [] };
}

function editEmployee(
  { id, ...members }: Members,
  edit: Edit,
  index: number,
): Members & { id: string | undefined } {
  const edited = edit({ id: typeof id === "string" ? id : undefined, members }, index);
  return { ...edited.members, id: edited.id };
}
