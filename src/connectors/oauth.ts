import { z } from "zod";
import { SourceHaltedError } from "../core/errors.ts";
import type { AccessToken, Http, HttpRequest, HttpResponse, Tokens } from "../ports/http.ts";
import { vendorText } from "./vendor-text.ts";

/** An OAuth 2 client that asks for tokens in its own name. */
export interface ClientCredentials {
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
}

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  /** Seconds. */
  expires_in: z.coerce.number().positive().default(300),
});

/**
 * The same client with a bearer token on every request; a 401 is answered once with a fresh token.
 * @throws SourceHaltedError `TIDEMARK_UPSTREAM_UNAUTHORIZED` when a fresh token, or the client itself, is refused
 */
export function authorized(http: Http, tokens: Tokens, client: ClientCredentials): Http {
  const credential = `${client.tokenUrl} ${client.clientId}`;

  async function attempt(request: HttpRequest): Promise<{ response: HttpResponse; token: string }> {
    const token = await tokens.get(credential, () => obtain(http, client));
    const headers = { ...request.headers, authorization: `Bearer ${token}` };
    return { response: await http.request({ ...request, headers }), token };
  }

  return {
    ...http,
    async request(request) {
      const first = await attempt(request);
      if (first.response.status !== 401) return first.response;
      tokens.forget(credential, first.token);
      const second = await attempt(request);
      if (second.response.status !== 401) return second.response;
      tokens.forget(credential, second.token);
      throw refused(http, second.response);
    },
  };
}

async function obtain(http: Http, client: ClientCredentials): Promise<AccessToken> {
  const response = await http.request({
    method: "POST",
    url: client.tokenUrl,
    headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: client.clientId,
      client_secret: client.clientSecret,
    }).toString(),
  });
  // RFC 6749 §5.2 answers a wrong client with 400 or 401; vendors also use 403.
  if ([400, 401, 403].includes(response.status)) throw refused(http, response);
  const answer = response.status === 200 ? tokenAnswer.safeParse(response.json()) : null;
  if (answer?.success)
    return { token: answer.data.access_token, expiresInMs: answer.data.expires_in * 1_000 };
  throw new SourceHaltedError("TIDEMARK_UPSTREAM_UNEXPECTED", `${response.summary}, which is no token`);
}

function refused(http: Http, response: HttpResponse): SourceHaltedError {
  return new SourceHaltedError(
    "TIDEMARK_UPSTREAM_UNAUTHORIZED",
    `${response.summary}: ${http.redact(vendorText(response))}`,
  );
}
