import type { NotOfferedSweep } from "../ports/connector.ts";

/**
 * Says that the upstream, as it is, offers no sweep that could prove absence: what a connector's `sweep` returns then, which is no failure.
 * @param why One clause for a person, such as `the connector offers no list_accounts`; without secrets.
 */
export function notOffered(why: string): NotOfferedSweep {
  return { complete: false, why };
}
