/** How many requests may start within any window of this length. */
export interface Rate {
  requests: number;
  perMs: number;
}

/** The one of two rates that allows less in the long run; the first one when they are the same. */
export function slowerRate(one: Rate, other: Rate): Rate {
  return other.requests / other.perMs < one.requests / one.perMs ? other : one;
}
