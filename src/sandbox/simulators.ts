import type { JsonObject } from "../core/json.ts";
import { startBambooHr } from "./upstreams/bamboohr/index.ts";
import { startCentury } from "./upstreams/century/index.ts";
import { startKombo } from "./upstreams/kombo/index.ts";
import { startLumos } from "./upstreams/lumos/index.ts";
import type { CommonBehaviour } from "./upstreams/protocol.ts";
import { startRest } from "./upstreams/rest/index.ts";
import { restStyles } from "./upstreams/rest/query.ts";
import { restServiceSettings } from "./upstreams/rest/settings.ts";
import { startSailPoint } from "./upstreams/sailpoint/index.ts";
import type { SimulatedUpstream, SimulatorOptions } from "./upstreams/simulator.ts";
import type { UpstreamKind } from "./upstreams/vendor.ts";

/** A simulated upstream of one vendor, and how a source reaches it. */
export interface Simulator {
  /** @throws Error See `startSimulator`. */
  start(options: SimulatorOptions<CommonBehaviour>): Promise<Running>;
  /** Settings of a source that watches it. @param url Without a path. @param style One of `styles`; the first when left out. */
  settings(url: string, style?: string): JsonObject;
  /** The ways in which its list can be read, where there are several. */
  styles?: readonly string[];
}

type Running = Omit<SimulatedUpstream<CommonBehaviour>, "control"> & {
  control: Omit<SimulatedUpstream<CommonBehaviour>["control"], "options">;
};

/** Every simulated upstream; each accepts what its settings say. */
export const simulators: Record<UpstreamKind, Simulator> = {
  sailpoint: {
    start: startSailPoint,
    settings: (url) => ({ baseUrl: `${url}/v3`, clientId: "client", clientSecret: "secret" }),
  },
  bamboohr: { start: startBambooHr, settings: (url) => ({ baseUrl: url, apiKey: "key" }) },
  kombo: {
    start: startKombo,
    settings: (url) => ({ baseUrl: `${url}/v1`, apiKey: "key", integrationId: "workday:acme" }),
  },
  lumos: {
    start: startLumos,
    settings: (url) => ({ baseUrl: url, connectorId: "acme", auth: { token: { token: "secret" } } }),
  },
  century: { start: startCentury, settings: (url) => ({ baseUrl: `${url}/api/v1`, apiKey: "key" }) },
  rest: {
    start: startRest,
    styles: restStyles,
    settings: (url, style) => restServiceSettings(url, restStyles.find((each) => each === style) ?? "page"),
  },
};
