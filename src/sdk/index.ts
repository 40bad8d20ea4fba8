/** What an author of a connector needs. */
export {
  type AccountDocument,
  type Observation,
  type RejectedItem,
  accountDocument,
  whyNotAnId,
} from "../core/account.ts";
export { ConfigError, RetryableError, SourceHaltedError } from "../core/errors.ts";
export type { JsonObject, JsonValue } from "../core/json.ts";
export type {
  CompleteSweep,
  Connector,
  ConnectorContext,
  ConnectorDefinition,
  LookBack,
  NotOfferedSweep,
  Pace,
  Page,
  PolledConnectorDefinition,
  SweepPage,
  SweptConnectorDefinition,
} from "../ports/connector.ts";
export type { Http, HttpRequest, HttpResponse, Tokens } from "../ports/http.ts";
export { complete } from "./complete.ts";
export { defineConnector } from "./define-connector.ts";
export { incompleteSweep } from "./incomplete-sweep.ts";
export { notOffered } from "./not-offered.ts";
export { type ObservedItems, observeItems } from "./observe-items.ts";
export { refusal } from "./refusal.ts";
