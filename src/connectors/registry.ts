import type { Connector } from "../ports/connector.ts";
import { bamboohr } from "./bamboohr/index.ts";
import { century } from "./century/index.ts";
import { kombo } from "./kombo/index.ts";
import { lumos } from "./lumos/index.ts";
import { rest } from "./rest/index.ts";
import { sailpoint } from "./sailpoint/index.ts";

/** Every connector by its name. */
export const connectors: ReadonlyMap<string, Connector> = new Map(
  [sailpoint, bamboohr, lumos, kombo, century, rest].map((connector) => [connector.name, connector]),
);
