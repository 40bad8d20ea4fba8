import { describe, expect, test } from "vitest";
import { type FailureKind, kindOf, waitMsOf } from "../../src/connectors/lumos/failure.ts";
import type { JsonObject } from "../../src/core/json.ts";

describe("an error asks for", () => {
  test.each<[FailureKind, JsonObject]>([
    ["throttled", { error_code: "rate_limit" }],
    ["throttled", { error_code: "api_error", status_code: 429 }],
    ["throttled", { error_code: "service_error", error_metadata: { throttled: true, retryable: true } }],
    ["throttled", { error_code: "rate_limit", error_metadata: { throttled: false, retryable: true } }],
    ["throttled", { error_code: "rate_limit", error_metadata: { throttled: false, retryable: false } }],
    ["passing", { error_code: "service_error" }],
    ["passing", { error_code: "bad_gateway" }],
    ["passing", { error_code: "budget_exhausted" }],
    ["passing", { error_code: "connection_closed" }],
    ["passing", { error_code: "client_call_error" }],
    ["passing", { error_code: "api_error", status_code: 502 }],
    ["passing", { error_code: "nobody_knows_it" }],
    ["passing", { error_code: "constructor" }],
    ["passing", {}],
    ["passing", { error_code: "bad_request", error_metadata: { retryable: true } }],
    ["unexpected", { error_code: "service_error", error_metadata: { retryable: false } }],
    ["refreshable", { error_code: "authentication_expired" }],
    ["refreshable", { error_code: "unauthenticated" }],
    ["refreshable", { error_code: "unexpected_error", status_code: 401 }],
    ["refreshable", { error_code: "bad_request", error_metadata: { refreshable: true, retryable: false } }],
    [
      "unauthorized",
      { error_code: "unauthorized", error_metadata: { refreshable: false, retryable: false } },
    ],
    ["unauthorized", { error_code: "creds_revoked" }],
    ["forbidden", { error_code: "permission_denied" }],
    ["forbidden", { error_code: "api_error", status_code: 403 }],
    ["not-offered", { error_code: "not_implemented" }],
    ["not-offered", { error_code: "unsupported_operation", error_metadata: { retryable: false } }],
    ["not-found", { error_code: "not_found", status_code: 404 }],
    ["page-token", { error_code: "invalid_page_token", error_metadata: { retryable: true } }],
    ["request", { error_code: "integration_missing_parameter" }],
    ["request", { error_code: "invalid_value", error_metadata: { retryable: false, refreshable: false } }],
    ["request", { error_code: "bad_request", error_metadata: null }],
  ])("%s: %j", (kind, error) => {
    expect(kindOf(error)).toBe(kind);
  });
});

describe("the wait", () => {
  const nowMs = 1_700_000_000_000;
  const state = (snapshot: JsonObject): JsonObject => ({ app: snapshot, odd: 7 });
  test.each<[string, JsonObject, JsonObject | null, number | null]>([
    [
      "that the error names wins",
      { error_metadata: { retry_after_seconds: 7 } },
      state({ current_delay: 3 }),
      7_000,
    ],
    [
      "that the error names is an hour at most",
      { error_metadata: { retry_after_seconds: 1e9 } },
      null,
      3_600_000,
    ],
    ["is until the window ends", {}, state({ remaining: 0, reset: 1_700_000_012 }), 12_000],
    [
      "is not until the end of a window that is not used up",
      {},
      state({ remaining: 5, reset: 1_700_000_012 }),
      null,
    ],
    ["is not until what has passed", {}, state({ remaining: 0, reset: 1_600_000_000 }), null],
    ["is the connector's own delay", {}, state({ current_delay: 3 }), 3_000],
    ["is nobody's", { error_metadata: { retry_after_seconds: null } }, null, null],
    ["of nothing is none", { error_metadata: { retry_after_seconds: 0 } }, null, null],
  ])("%s", (_what, error, limits, waitMs) => {
    expect(waitMsOf(error, limits, nowMs)).toBe(waitMs);
  });
});
