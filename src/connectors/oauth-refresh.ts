import { createHash } from "node:crypto";
import { isJsonObject } from "../core/json.ts";
import type { KeptGrant } from "../ports/grants.ts";
import type { AccessToken, Http, HttpResponse, Tokens } from "../ports/http.ts";
import { discreetHttp } from "./discreet-http.ts";
import type { ClientCredentials } from "./oauth.ts";
import { requestToken } from "./request-token.ts";
import { unauthorized, withBearer } from "./with-bearer.ts";

/** An OAuth 2 client that asks for tokens in the name of somebody who has authorised it. */
export interface AuthorizedClient extends ClientCredentials {
  /** As it stands in the settings: where it begins. The upstream may give another one with every refresh. */
  refreshToken: string;
}

/** Shorter than a lease lasts after each of its renewals, longer than a token address ever takes. */
const insistMs = 8_000;
/** An access token that ends sooner is not worth taking over from another process. */
const worthwhileMs = 60_000;

/**
 * The same client with a bearer token on every request, refreshed by a refresh token; a 401 is answered once with a fresh token.
 * A refresh token that the upstream gives in place of the last one is stored before anything else is done.
 * @throws SourceHaltedError `TIDEMARK_UPSTREAM_UNAUTHORIZED` when a fresh token, the client, or the newest refresh token is refused;
 * `TIDEMARK_SOURCE_SETTINGS` when grants cannot be sealed or opened
 * @see RFC 6749 §6, RFC 9700 §4.14.2
 */
export function authorizedByRefresh(http: Http, tokens: Tokens, client: AuthorizedClient): Http {
  const discreet = discreetHttp(http);
  const { grants } = tokens;
  const key = {
    credential: `${client.tokenUrl} ${client.clientId}`,
    seed: createHash("sha256").update(client.refreshToken).digest("hex"),
  };
  discreet.hide(client.clientSecret, client.refreshToken);

  function hidden(kept: KeptGrant | null): KeptGrant | null {
    if (kept !== null) discreet.hide(kept.accessToken, kept.refreshToken);
    return kept;
  }

  async function refreshed(kept: KeptGrant | null): Promise<AccessToken | { refusal: HttpResponse }> {
    const shown = kept?.refreshToken ?? client.refreshToken;
    const fields = {
      grant_type: "refresh_token",
      client_id: client.clientId,
      client_secret: client.clientSecret,
      refresh_token: shown,
    };
    const answer = await requestToken(discreet, client.tokenUrl, fields, { insistMs });
    if (answer.refusal !== undefined) return answer;
    const { accessToken, expiresInMs, refreshToken } = answer;
    await grants.keep(key, { accessToken, expiresInMs, refreshToken: refreshToken ?? shown }, kept);
    return { token: accessToken, expiresInMs };
  }

  return withBearer(discreet, tokens, `${key.credential} ${key.seed}`, async (refused) => {
    const kept = hidden(await grants.newest(key));
    const first = usable(kept, refused) ?? (await refreshed(kept));
    if (!("refusal" in first)) return first;
    // Another process may have been faster: only a refusal of the newest refresh token is believed.
    const newer = hidden(await grants.newerThan(key, kept));
    const second = newer === null ? first : (usable(newer, refused) ?? (await refreshed(newer)));
    if (!("refusal" in second)) return second;
    throw unauthorized(discreet, second.refusal, isClientRefused(second.refusal) ? "" : authorizeAnew);
  });
}

const authorizeAnew =
  ". The refresh token is used up or revoked: authorise anew and put the new refresh token into the source's settings";

/** The access token of a grant that another process has kept, unless it is known to be of no use. */
function usable(kept: KeptGrant | null, refused: string | null): AccessToken | null {
  if (kept === null || kept.accessToken === refused || kept.expiresInMs < worthwhileMs) return null;
  return { token: kept.accessToken, expiresInMs: kept.expiresInMs };
}

function isClientRefused(response: HttpResponse): boolean {
  try {
    const body = response.json();
    return (
      isJsonObject(body) && (body["error"] === "invalid_client" || body["error"] === "unauthorized_client")
    );
  } catch {
    return false;
  }
}
