import { SourceHaltedError } from "../core/errors.ts";
import type { AccessToken, Http, HttpRequest, HttpResponse, Tokens } from "../ports/http.ts";
import type { DiscreetHttp } from "./discreet-http.ts";
import { vendorText } from "./vendor-text.ts";

/**
 * A client with a bearer token on every request; a 401 is answered once with a fresh token.
 * @param credential Names the token in `tokens`.
 * @param obtain As of `Tokens.get`.
 * @throws SourceHaltedError `TIDEMARK_UPSTREAM_UNAUTHORIZED` when a fresh token is refused
 */
export function withBearer(
  http: DiscreetHttp,
  tokens: Tokens,
  credential: string,
  obtain: (refused: string | null) => Promise<AccessToken>,
): Http {
  async function attempt(request: HttpRequest): Promise<{ response: HttpResponse; token: string }> {
    const token = await tokens.get(credential, obtain);
    http.hide(token);
    const headers = { ...request.headers, authorization: `Bearer ${token}` };
    return { response: await http.request({ ...request, headers }), token };
  }

  return {
    redact: http.redact,
    async request(request) {
      const first = await attempt(request);
      if (first.response.status !== 401) return first.response;
      tokens.forget(credential, first.token);
      const second = await attempt(request);
      if (second.response.status !== 401) return second.response;
      tokens.forget(credential, second.token);
      throw unauthorized(http, second.response);
    },
  };
}

/** The error for a refusal of who asks. @param whatElse A sentence for whoever has to correct it. */
export function unauthorized(http: Http, response: HttpResponse, whatElse = ""): SourceHaltedError {
  return new SourceHaltedError(
    "TIDEMARK_UPSTREAM_UNAUTHORIZED",
    `${response.summary}: ${http.redact(vendorText(response))}${whatElse}`,
  );
}
