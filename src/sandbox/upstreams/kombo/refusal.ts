import type { Refusal } from "../vendor.ts";

const CODES: Readonly<Record<number, string>> = {
  400: "PLATFORM.INPUT_INVALID",
  401: "PLATFORM.AUTHENTICATION_INVALID",
  403: "INTEGRATION.PERMISSION_MISSING",
  429: "PLATFORM.RATE_LIMIT_EXCEEDED",
};

/** How Kombo refuses: the code counts, not the status; after how long a throttled client may come again is in a header of its own. */
export function komboRefusal(status: number, reason: Partial<Refused> = {}): Refusal {
  const code = reason.code === undefined ? (CODES[status] ?? null) : reason.code;
  const message = reason.message ?? "The request was refused.";
  const error = { code, title: null, message, log_url: "https://app.kombo.example/logs/1" };
  const reset = { "ratelimit-remaining": "0", "ratelimit-reset": String(reason.resetSeconds ?? 2) };
  return {
    status,
    headers: { "content-type": "application/json", ...(status === 429 ? reset : {}) },
    body: JSON.stringify({ status: "error", error }),
  };
}

/** A request that Kombo does not answer with 200. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;
  readonly code: string | null | undefined;
  readonly resetSeconds: number | undefined;

  /** @param code The usual one of the status when left out. */
  constructor(status: number, message: string, code?: string | null, resetSeconds?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.resetSeconds = resetSeconds;
  }
}
