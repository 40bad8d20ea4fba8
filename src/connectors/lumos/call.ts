import { SourceHaltedError } from "../../core/errors.ts";
import { type JsonObject, isJsonObject } from "../../core/json.ts";
import type { ConnectorContext } from "../../ports/connector.ts";
import type { AskAgain, HttpResponse, HttpVerdict } from "../../ports/http.ts";
import { withoutFragments } from "../redact-fragments.ts";
import { answeredAt } from "../utc-time.ts";
import { vendorText } from "../vendor-text.ts";
import { lumosCredentials, secretsOf } from "./credentials.ts";
import { type FailureKind, type RefusalKind, haltCodes, kindOf, waitMsOf } from "./failure.ts";
import { type LumosSettings, operationUrl } from "./settings.ts";

/** What a call came to: an answer, or a refusal that may be expected. */
export type Answer =
  | {
      refused: null;
      body: JsonObject;
      /** The upstream's clock. */
      answeredAt: string;
      /** For errors: what was called and how it was answered. */
      summary: string;
    }
  | { refused: RefusalKind; error: SourceHaltedError };

/** What the connector last said about its limits, by capability: it is given back with the next call of the same one. */
export type LimitStates = Record<string, JsonObject>;

/** Calls of a connector's capabilities. */
export interface LumosCalls {
  /**
   * @param members `request`, and `page` where there are pages.
   * @throws RetryableError `TIDEMARK_UPSTREAM_THROTTLED` with the wait, `TIDEMARK_UPSTREAM_UNAVAILABLE`
   * @throws SourceHaltedError for answers that are no envelope
   */
  call(capability: string, members: JsonObject): Promise<Answer>;
  limits(): LimitStates;
}

/** A token comes without its length of life; a refusal renews it earlier. */
const tokenLifeMs = 3_600_000;

/** What a web server says in the connector's place; a capability that is not there is a page that is not there. */
const kindsOfStatus: Record<number, RefusalKind> = {
  400: "request",
  401: "unauthorized",
  403: "forbidden",
  404: "not-offered",
  422: "request",
};

/** The capabilities of one connector as a source's credentials may use them. */
export function lumosCalls(context: ConnectorContext<LumosSettings>, known: LimitStates): LumosCalls {
  const { settings, http, tokens, clock } = context;
  const limits: LimitStates = { ...known };
  const common = settings.connectorSettings === undefined ? {} : { settings: settings.connectorSettings };
  const credentials = lumosCredentials(settings, tokens, async (client, id) => {
    const { client_id, client_secret, scopes } = client;
    const named = id === undefined ? {} : { credential_id: id };
    const answer = await once("handle_client_credentials_request", secretsOf(settings), {
      request: { ...named, client_id, client_secret, scopes },
    });
    if (answer.refused !== null)
      throw new SourceHaltedError("TIDEMARK_UPSTREAM_UNAUTHORIZED", answer.error.message);
    const { response } = answer.body;
    const token = isJsonObject(response) ? response["access_token"] : null;
    if (typeof token === "string" && token !== "") return { token, expiresInMs: tokenLifeMs };
    throw unexpected(answer.summary, "a token");
  });

  /** What is wrong with an answer, if anything; texts are without secrets. */
  function failureOf(response: HttpResponse, capability: string, secrets: readonly string[]): Failure | null {
    const safe = (text: string) => http.redact(withoutFragments(text, secrets));
    const body = envelopeOf(response);
    if (body === null) {
      const kind = kindsOfStatus[response.status] ?? "unexpected";
      return { kind, text: safe(vendorText(response)), waitMs: null };
    }
    const state = isJsonObject(body["rate_limit"]) ? body["rate_limit"]["current_state"] : null;
    if (isJsonObject(state)) limits[capability] = state;
    const error = body["error"];
    if (body["is_error"] !== true && !isJsonObject(error)) return null;
    const named = isJsonObject(error) ? error : {};
    const upstreamMs = Date.parse(answeredAt(response.headers, clock.now()));
    const waitMs = waitMsOf(named, limits[capability], upstreamMs);
    return { kind: kindOf(named), text: safe(described(named)), waitMs };
  }

  /** One call; what may pass is asked for again by the HTTP client, although it comes with status 200. */
  async function once(capability: string, secrets: readonly string[], members: JsonObject): Promise<Answer> {
    const state = limits[capability];
    const response = await http.request({
      method: "POST",
      url: operationUrl(settings, capability),
      headers: { ...settings.headers, accept: "application/json", "content-type": "application/json" },
      body: JSON.stringify({
        ...members,
        ...common,
        // Connectors that have never spoken of limits need not know the member.
        ...(state === undefined ? {} : { rate_limit: { last_known_state: state } }),
      }),
      judge: (answer) => (isEnvelope(answer) ? verdictOf(failureOf(answer, capability, secrets)) : null),
    });
    const { summary } = response;
    const failure = failureOf(response, capability, secrets);
    if (failure !== null) {
      const refused = refusalOf(failure.kind);
      return { refused, error: new SourceHaltedError(haltCodes[refused], `${summary}: ${failure.text}`) };
    }
    const body = envelopeOf(response);
    if (body === null || (body["response"] ?? null) === null) throw unexpected(summary, "a response");
    return { refused: null, body, answeredAt: answeredAt(response.headers, clock.now()), summary };
  }

  return {
    async call(capability, members) {
      for (let hasRenewed = false; ; hasRenewed = true) {
        const sent = await credentials.toSend();
        const answer = await once(capability, sent.secrets, { ...sent.members, ...members });
        if (answer.refused !== "refreshable" || hasRenewed || !credentials.renew(sent)) return answer;
      }
    },
    limits: () => ({ ...limits }),
  };
}

interface Failure {
  kind: FailureKind;
  text: string;
  waitMs: number | null;
}

function verdictOf(failure: Failure | null): HttpVerdict | AskAgain {
  if (failure?.kind !== "throttled" && failure?.kind !== "passing") return "answer";
  const { kind, text, waitMs } = failure;
  return { verdict: kind === "throttled" ? "throttled" : "retry", afterMs: waitMs, text };
}

/** What may pass has been asked for again until it did. */
function refusalOf(kind: FailureKind): RefusalKind {
  return kind === "throttled" || kind === "passing" ? "unexpected" : kind;
}

/** An answer that is not what was asked for. */
export function unexpected(summary: string, what: string): SourceHaltedError {
  return new SourceHaltedError("TIDEMARK_UPSTREAM_UNEXPECTED", `${summary}, which is not ${what}`);
}

function isEnvelope(response: HttpResponse): boolean {
  try {
    return envelopeOf(response) !== null;
  } catch {
    return false;
  }
}

/** The envelope of an answer; null for what a web server says in the connector's place (`{"detail": …}`, a page of HTML). */
function envelopeOf(response: HttpResponse): JsonObject | null {
  const isOk = response.status === 200;
  if (!isOk && !response.body.startsWith("{")) return null;
  const body = response.json();
  if (isJsonObject(body) && (isOk || body["is_error"] === true)) return body;
  if (isOk) throw unexpected(response.summary, "an envelope");
  return null;
}

function described(error: JsonObject): string {
  const { error_code: code, message, status_code: status } = error;
  const ofApp = typeof status === "number" ? ` (the app answered ${status})` : "";
  return `${typeof code === "string" ? code : "no code"}${ofApp}: ${typeof message === "string" ? message : "no explanation"}`;
}
