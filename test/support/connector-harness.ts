import type { Observation, RejectedItem } from "../../src/core/account.ts";
import type { JsonValue } from "../../src/core/json.ts";
import type { Connector, Page } from "../../src/ports/connector.ts";
import type { Grants } from "../../src/ports/grants.ts";
import { type TestContext, testContext } from "../../src/sdk/testing/test-context.ts";

export { impatientClock } from "../../src/sdk/testing/impatient-clock.ts";
export { recordingLog } from "../../src/sdk/testing/recording-log.ts";
export { recordingMetrics } from "../../src/sdk/testing/recording-metrics.ts";

/** Runs passes of a connector against a server, as the app would. */
export function connectorHarness(
  connector: Connector,
  settings: JsonValue,
  secrets: readonly string[] = [],
  grants?: Grants,
): TestContext {
  return testContext(connector, settings, { secrets, ...(grants === undefined ? {} : { grants }) });
}

/** All observations of some pages, in order. */
export function observed(pages: readonly { observations: Observation[] }[]): Observation[] {
  return pages.flatMap((page) => page.observations);
}

/** All rejected items of some pages, in order. */
export function rejectedIn(pages: readonly { rejected: RejectedItem[] }[]): RejectedItem[] {
  return pages.flatMap((page) => page.rejected);
}

/** The cursor after the last page. */
export function lastCursor(pages: readonly Page<JsonValue>[]): JsonValue {
  return pages.at(-1)?.cursor ?? null;
}
