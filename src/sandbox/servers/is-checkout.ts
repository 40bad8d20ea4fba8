import { existsSync } from "node:fs";
import { join } from "node:path";

/** Whether this runs from a checkout. Only there are docker-compose.yml, `ops/kafka` and the package with Postgres, which servers are started with. */
export const isCheckout = existsSync(join(import.meta.dirname, "../../../docker-compose.yml"));
