import { describe, expect, onTestFinished, test } from "vitest";
import { connectors } from "../../src/connectors/registry.ts";
import { simulators } from "../../src/sandbox/simulators.ts";
import type { UpstreamKind } from "../../src/sandbox/upstreams/vendor.ts";
import { connectorHarness, observed } from "../support/connector-harness.ts";

const shown = (Object.keys(simulators) as UpstreamKind[]).flatMap((kind) =>
  (simulators[kind].styles ?? [undefined]).map((style) => ({ kind, style })),
);

describe.each(shown)("the simulated $kind (style: $style)", ({ kind, style }) => {
  test("shows every account to the connector of the same name, with the settings that it says it accepts", async () => {
    const simulator = simulators[kind];
    const settings = (url: string) => simulator.settings(url, style);
    const { url, control, close } = await simulator.start({ accounts: 30, behaviour: { rateLimit: null } });
    onTestFinished(close);
    const connector = connectors.get(kind);
    if (connector === undefined) throw new Error(`there is no connector ${kind}`);
    const harness = connectorHarness(connector, settings(url));
    onTestFinished(() => harness.close());
    const read = connector.canPoll(settings(url)) ? await harness.poll(null) : await harness.sweep(null);
    expect(read.error).toBeNull();
    const { accounts } = await control.truth();
    const seen = new Set(observed(read.pages).map(({ id }) => id));
    expect([...seen].sort()).toEqual(accounts.map(({ id }) => id).sort());
  });
});
