import type { ConnectorContext } from "../../ports/connector.ts";
import type { Http } from "../../ports/http.ts";
import { discreetHttp } from "../discreet-http.ts";
import { authorizedByRefresh } from "../oauth-refresh.ts";
import { authorized } from "../oauth.ts";
import type { Auth } from "./auth-schema.ts";
import type { RestSettings } from "./settings.ts";

/** The HTTP client of a source, with its credentials on every request. */
export function authorizedClient({ http, tokens, settings }: ConnectorContext<RestSettings>): Http {
  const { auth = {} } = settings;
  if (auth.oauth2 !== undefined) {
    const { refreshToken, ...client } = auth.oauth2;
    return refreshToken === undefined
      ? authorized(http, tokens, client)
      : authorizedByRefresh(http, tokens, { ...client, refreshToken });
  }
  const headers = headersOf(auth);
  const discreet = discreetHttp(http);
  // What settings refer to is known as secret; what is made of it is not.
  discreet.hide(...Object.values(headers));
  return {
    redact: discreet.redact,
    request: (request) => http.request({ ...request, headers: { ...request.headers, ...headers } }),
  };
}

function headersOf({ basic, header, bearer }: Auth): Record<string, string> {
  if (basic !== undefined) {
    const pair = Buffer.from(`${basic.username}:${basic.password}`, "utf8").toString("base64");
    return { authorization: `Basic ${pair}` };
  }
  if (header !== undefined) return { [header.name.toLowerCase()]: header.value };
  return bearer === undefined ? {} : { authorization: `Bearer ${bearer.token}` };
}
