import type { Refusal } from "../vendor.ts";

const MESSAGES: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not found",
  429: "Too many requests",
};

/** How CENTURY refuses: the vendor documents statuses alone, and no header that says when to come back. */
export function centuryRefusal(status: number, message = MESSAGES[status] ?? "Error"): Refusal {
  return { status, body: JSON.stringify({ statusCode: status, message }) };
}

/** A request that CENTURY does not answer with 200. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;

  constructor(status: number, message?: string) {
    super(message ?? MESSAGES[status] ?? "Error");
    this.status = status;
  }
}
