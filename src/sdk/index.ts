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
  Page,
  SweepPage,
} from "../ports/connector.ts";
export type { Http, HttpRequest, HttpResponse, Tokens } from "../ports/http.ts";
export { complete } from "./complete.ts";
export { defineConnector } from "./define-connector.ts";
