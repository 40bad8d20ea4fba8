import type { Refusal } from "../vendor.ts";

const TEXTS: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not found",
  429: "Too many requests",
  503: "Service unavailable",
};

/** How BambooHR refuses: the reason is in a header, and the body is empty. */
export function bambooHrRefusal(status: number, reason = TEXTS[status] ?? "Error"): Refusal {
  return { status, headers: { "x-bamboohr-error-message": reason }, body: "" };
}

/** A request that BambooHR answers with another status than 200. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;

  constructor(status: number, reason?: string) {
    super(reason ?? TEXTS[status] ?? "Error");
    this.status = status;
  }
}
