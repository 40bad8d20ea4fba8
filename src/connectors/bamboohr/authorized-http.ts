import type { ConnectorContext } from "../../ports/connector.ts";
import type { Http } from "../../ports/http.ts";
import { authorizedByRefresh } from "../oauth-refresh.ts";
import { type BambooHrSettings, tokenAddress } from "./settings.ts";

/** The client with the source's credentials on every request. */
export function authorizedHttp({ settings, http, tokens }: ConnectorContext<BambooHrSettings>): Http {
  const { apiKey = "", oauth } = settings;
  if (oauth !== undefined) {
    const { tokenUrl = tokenAddress(settings), ...client } = oauth;
    return authorizedByRefresh(http, tokens, { ...client, tokenUrl });
  }
  // Sent without being asked for: a 401 first would count as a wrong key, and too many of those lock it.
  const authorization = `Basic ${Buffer.from(`${apiKey}:x`).toString("base64")}`;
  return {
    ...http,
    request: (request) => http.request({ ...request, headers: { ...request.headers, authorization } }),
  };
}
