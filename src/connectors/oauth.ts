import type { Http, Tokens } from "../ports/http.ts";
import { discreetHttp } from "./discreet-http.ts";
import { requestToken } from "./request-token.ts";
import { unauthorized, withBearer } from "./with-bearer.ts";

/** An OAuth 2 client that asks for tokens in its own name. */
export interface ClientCredentials {
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
}

/**
 * The same client with a bearer token on every request; a 401 is answered once with a fresh token.
 * @throws SourceHaltedError `TIDEMARK_UPSTREAM_UNAUTHORIZED` when a fresh token, or the client itself, is refused
 */
export function authorized(http: Http, tokens: Tokens, client: ClientCredentials): Http {
  const discreet = discreetHttp(http);
  return withBearer(discreet, tokens, `${client.tokenUrl} ${client.clientId}`, async () => {
    const answer = await requestToken(discreet, client.tokenUrl, {
      grant_type: "client_credentials",
      client_id: client.clientId,
      client_secret: client.clientSecret,
    });
    if (answer.refusal !== undefined) throw unauthorized(discreet, answer.refusal);
    return { token: answer.accessToken, expiresInMs: answer.expiresInMs };
  });
}
