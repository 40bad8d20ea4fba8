import { createHmac, randomUUID } from "node:crypto";
import type { World } from "../vendor.ts";
import type { BambooHrBehaviour } from "./behaviour.ts";

/** An application that somebody of the company has authorised. */
export interface OAuthApp {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The first one; every refresh replaces it. */
  readonly refreshToken: string;
}

/** What the token address answers, as JSON. */
export interface TokenAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Gives out tokens for refresh tokens, each of which is good for one use. */
export interface OAuthServer {
  answer(fields: URLSearchParams): TokenAnswer;
  /** Whether this access token opens the company's data now. */
  accepts(accessToken: string): boolean;
}

/** Tokens are signed and numbered, so that both kinds survive a restart. */
export function oauthServer(
  { clock, behaviour }: World<BambooHrBehaviour>,
  company: string,
  app: OAuthApp,
): OAuthServer {
  /** How often the refresh token was replaced; null: not known since the restart. */
  let generation: number | null = null;
  let replacedAtMs = 0;

  const sign = (text: string) => createHmac("sha256", app.clientSecret).update(text).digest("base64url");
  const signed = (text: string) => `${text}.${sign(text)}`;
  const refreshTokenOf = (number: number) =>
    number === 0 ? app.refreshToken : signed(`refresh.${String(number)}`);

  function generationOf(token: string): number | null {
    if (token === app.refreshToken) return 0;
    const number = Number(/^refresh\.(\d+)\./u.exec(token)?.[1] ?? Number.NaN);
    return token === refreshTokenOf(number) ? number : null;
  }

  function isCurrent(shown: number): boolean {
    if (generation === null || shown === generation) return true;
    return shown === generation - 1 && clock.now() < replacedAtMs + behaviour.refreshGraceMs;
  }

  return {
    answer(fields) {
      if (fields.get("client_id") !== app.clientId || fields.get("client_secret") !== app.clientSecret)
        return refused(401, "invalid_client", "The client credentials are invalid");
      if (fields.get("grant_type") !== "refresh_token")
        return refused(400, "unsupported_grant_type", "Only refresh_token is simulated");
      const shown = generationOf(fields.get("refresh_token") ?? "");
      if (shown === null || !isCurrent(shown))
        return refused(400, "invalid_grant", `Invalid refresh token ${fields.get("refresh_token") ?? ""}`);
      if (behaviour.rotatesRefreshTokens) {
        // Within the grace the same successor is given once more.
        if (shown !== (generation ?? shown) - 1) replacedAtMs = clock.now();
        generation = shown + 1;
      }
      const endsAtMs = clock.now() + behaviour.tokenSeconds * 1_000;
      return {
        status: 200,
        body: {
          access_token: signed(`access.${String(endsAtMs)}.${randomUUID()}`),
          expires_in: behaviour.tokenSeconds,
          token_type: "Bearer",
          scope: "public.user offline_access",
          refresh_token: refreshTokenOf(generation ?? shown),
          companyDomain: company,
        },
      };
    },
    accepts(accessToken) {
      const text = accessToken.slice(0, accessToken.lastIndexOf("."));
      const endsAtMs = Number(/^access\.(\d+)\./u.exec(text)?.[1] ?? 0);
      return accessToken === signed(text) && clock.now() < endsAtMs;
    },
  };
}

function refused(status: number, error: string, description: string): TokenAnswer {
  return { status, body: { error, error_description: description } };
}
