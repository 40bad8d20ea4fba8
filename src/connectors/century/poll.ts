import { RetryableError } from "../../core/errors.ts";
import type { ConnectorContext, Page } from "../../ports/connector.ts";
import { centuryApi } from "./api.ts";
import type { CenturyCursor } from "./cursor.ts";
import type { CenturySettings } from "./settings.ts";
import { observeAll } from "./user.ts";
import { nextUsers, start } from "./walk.ts";

/** One pass over all users, every time: CENTURY cannot be asked what changed. Whom it misses, the next one sees. */
export async function* poll(
  context: ConnectorContext<CenturySettings> & { cursor: CenturyCursor | null },
): AsyncGenerator<Page<CenturyCursor>, void, void> {
  const api = centuryApi(context);
  const ids = new Set<string>();
  let place = context.cursor?.place ?? start;
  for (;;) {
    const step = await nextUsers(api, ids, place);
    if (step.outcome === "lost") {
      yield { observations: [], rejected: [], cursor: { place: null } };
      throw new RetryableError(
        "TIDEMARK_UPSTREAM_UNAVAILABLE",
        `The pass over the users starts again: ${step.why}`,
      );
    }
    ({ place } = step);
    if (step.isLast && place.seen < (step.total ?? 0)) {
      context.log.warn("century.list.short", { seen: place.seen, total: step.total });
    }
    yield { ...observeAll(step.rows), cursor: { place: step.isLast ? null : place } };
    if (step.isLast) return;
  }
}
