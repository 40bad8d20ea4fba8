import { z } from "zod";
import { SourceHaltedError } from "../core/errors.ts";
import type { HttpResponse } from "../ports/http.ts";
import type { DiscreetHttp } from "./discreet-http.ts";

const answerSchema = z.object({
  access_token: z.string().min(1),
  /** Seconds. */
  expires_in: z.coerce.number().positive().default(300),
  refresh_token: z.string().min(1).optional(),
});

/** What a token address answered: tokens, or a refusal of who asked or of what was shown. */
export type TokenAnswer =
  | { accessToken: string; expiresInMs: number; refreshToken: string | null; refusal?: undefined }
  | { refusal: HttpResponse };

/**
 * Asks a token address with these fields. Its tokens are hidden from errors from then on.
 * @param options.insistMs As of an `HttpRequest`.
 * @throws SourceHaltedError `TIDEMARK_UPSTREAM_UNEXPECTED` when the answer is neither a token nor a refusal
 * @see RFC 6749 §4.4.2, §5, §6
 */
export async function requestToken(
  http: DiscreetHttp,
  url: string,
  fields: Record<string, string>,
  options: { insistMs?: number } = {},
): Promise<TokenAnswer> {
  const response = await http.request({
    method: "POST",
    url,
    headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(fields).toString(),
    ...options,
  });
  // RFC 6749 §5.2 answers a wrong client with 400 or 401; vendors also use 403.
  if ([400, 401, 403].includes(response.status)) return { refusal: response };
  const answer = response.status === 200 ? answerSchema.safeParse(response.json()) : null;
  if (answer?.success !== true)
    throw new SourceHaltedError("TIDEMARK_UPSTREAM_UNEXPECTED", `${response.summary}, which is no token`);
  const {
    access_token: accessToken,
    expires_in: expiresIn,
    refresh_token: refreshToken = null,
  } = answer.data;
  http.hide(accessToken, ...(refreshToken === null ? [] : [refreshToken]));
  return { accessToken, expiresInMs: expiresIn * 1_000, refreshToken };
}
