import type { Connector } from "../ports/connector.ts";
import { bamboohr } from "./bamboohr/index.ts";
import { sailpoint } from "./sailpoint/index.ts";

/** Every connector by its name. */
export const connectors: ReadonlyMap<string, Connector> = new Map(
  [sailpoint, bamboohr].map((connector) => [connector.name, connector]),
);
