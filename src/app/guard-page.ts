import { pathText } from "../core/shape.ts";
import type { PageHold } from "../ports/store.ts";
import type { DecidedPage } from "./decide-page.ts";
import type { Pass } from "./pass.ts";
import { whyHeld } from "./why-held.ts";

/** A page as it is committed, and what of it waits for a person. */
export interface GuardedPage {
  page: DecidedPage;
  holds: PageHold[];
}

const reasons = { deleted: "too-many-deletes", inserted: "too-many-inserts" } as const;

/** How many paths a hold's sentence names. */
const namedPaths = 3;

/** Takes deletes and inserts beyond the limits out of a page, all of its kind or none, and says what goes on hold. */
export function guardPage(pass: Pass, decided: DecidedPage): GuardedPage {
  let page = decided;
  const holds: PageHold[] = [];
  const { changes: drifted, told } = decided.drift;
  // Their documents are the newest that the page has of them.
  const newer = new Set(drifted.map(({ id }) => id));
  if (drifted.length > 0) holds.push({ reason: "schema-drift", detail: whyDrift(told), changes: drifted });
  for (const op of ["deleted", "inserted"] as const) {
    const detail = page.isApproved ? null : whyHeld(pass, op, page.changes[op]);
    if (detail === null) continue;
    const { changes, rest } = page.without(op);
    page = rest;
    holds.push({ reason: reasons[op], detail, changes: changes.filter(({ id }) => !newer.has(id)) });
  }
  return { page, holds: withoutReturns(holds) };
}

/** What the page inserts and deletes again was never there: nothing of it waits. */
function withoutReturns(holds: readonly PageHold[]): PageHold[] {
  const times = new Map<string, number>();
  for (const { id } of holds.flatMap(({ changes }) => changes)) times.set(id, (times.get(id) ?? 0) + 1);
  return holds
    .map((hold) => ({ ...hold, changes: hold.changes.filter(({ id }) => times.get(id) === 1) }))
    .filter(({ changes }) => changes.length > 0);
}

function whyDrift(told: DecidedPage["drift"]["told"]): string {
  const texts = new Set(
    told.map(({ path, type, known }) => {
      const was = known.length === 0 ? "new" : `was ${known.join(" or ")}`;
      return `${pathText(path).slice(0, 80)} (${type}, ${was})`;
    }),
  );
  const named = [...texts].slice(0, namedPaths);
  const more = texts.size - named.length;
  return `documents have members or types that none had before: ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
