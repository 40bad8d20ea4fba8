import type { Observation } from "../../src/core/account.ts";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import type { Connector } from "../../src/ports/connector.ts";
import type { CommonBehaviour } from "../../src/sandbox/upstreams/protocol.ts";
import type { SimulatedUpstream } from "../../src/sandbox/upstreams/simulator.ts";
import { connectorHarness } from "../support/connector-harness.ts";

const open: (() => Promise<void>)[] = [];

/** Ends what the tests of a file have started. */
export async function closeUpstreams(): Promise<void> {
  for (const close of open.splice(0)) await close();
}

/**
 * A simulated upstream and the connector that reads it, until `closeUpstreams`.
 * @param options.shown A record as far as both the upstream's truth and the connector's documents have it.
 */
export function simulatedUpstream<Behaviour extends CommonBehaviour>(
  connector: Connector,
  upstream: SimulatedUpstream<Behaviour>,
  options: { settings: JsonValue; secrets: readonly string[]; shown?: (record: JsonObject) => JsonObject },
) {
  const { settings, secrets, shown = (record) => record } = options;
  const harness = connectorHarness(connector, settings, secrets);
  const { control } = upstream;
  open.push(
    () => harness.close(),
    () => upstream.close(),
  );
  return {
    ...harness,
    connector,
    control,
    shown,
    /** Every account as it is. */
    async truth(): Promise<Map<string, JsonObject>> {
      const { accounts } = await control.truth();
      return new Map(accounts.map(({ id, record }) => [id, shown(record as JsonObject)]));
    },
    ids: async () => (await control.truth()).accounts.map(({ id }) => id).sort(),
    /** Lets time pass, here and there. */
    async pass(ms: number): Promise<void> {
      await harness.clock.sleep(ms);
      await control.advance(ms);
    },
  };
}

/** What a consumer knows after some observations: the upstream's own members by id. */
export function foldedAs(shown: (record: JsonObject) => JsonObject) {
  return (observations: readonly Observation[], known = new Map<string, JsonObject>()) => {
    for (const observation of observations) {
      if ("gone" in observation) known.delete(observation.id);
      if ("document" in observation) known.set(observation.id, shown(observation.document.attributes));
    }
    return known;
  };
}
