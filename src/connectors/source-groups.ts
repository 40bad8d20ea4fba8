import type { Clock } from "../ports/clock.ts";
import type { Grants } from "../ports/grants.ts";
import type { Tokens } from "../ports/http.ts";
import type { SourceConfig } from "../ports/store.ts";
import { type Budget, budget } from "./budget.ts";
import { type Rate, slowerRate } from "./rate.ts";
import { tokens } from "./tokens.ts";

/** What the sources of one group share: they are in one shard, hence in one process. */
export interface SourceGroup {
  budget: Budget;
  tokens: Tokens;
}

interface Group extends SourceGroup {
  /** By source: the slowest of them is the ceiling of all. */
  rates: Map<string, Rate>;
  ceiling: Rate;
}

/** Finds the group of a source; what it has learned lasts until its ceiling changes. */
export function sourceGroups(
  clock: Clock,
  grants: Grants,
): (source: Pick<SourceConfig, "name" | "group" | "budget">) => SourceGroup {
  const groups = new Map<string, Group>();

  function created({ name, group, budget: ceiling }: Parameters<ReturnType<typeof sourceGroups>>[0]): Group {
    const rates = new Map([[name, ceiling]]);
    const fresh = { budget: budget(ceiling, clock), tokens: tokens(clock, grants), rates, ceiling };
    groups.set(group ?? name, fresh);
    return fresh;
  }

  return (source) => {
    const group = groups.get(source.group ?? source.name) ?? created(source);
    group.rates.set(source.name, source.budget);
    const ceiling = [...group.rates.values()].reduce(slowerRate);
    if (ceiling.requests !== group.ceiling.requests || ceiling.perMs !== group.ceiling.perMs)
      Object.assign(group, { ceiling, budget: budget(ceiling, clock) });
    return group;
  };
}
