import type { Refusal } from "../vendor.ts";

/** How the service refuses: with a sentence. */
export function restRefusal(status: number, message = `refused with ${status}`): Refusal {
  return { status, body: JSON.stringify({ message }) };
}

/** A request that is answered with another status than 200. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;

  constructor(status: number, message?: string) {
    super(message ?? `refused with ${status}`);
    this.status = status;
  }
}
