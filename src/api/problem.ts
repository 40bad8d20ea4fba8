import { STATUS_CODES } from "node:http";
import type { FastifyReply } from "fastify";

/**
 * Answers with a problem document.
 * @see RFC 9457
 */
export function problem(reply: FastifyReply, status: number, detail: string): void {
  const title = STATUS_CODES[status] ?? "Error";
  void reply
    .code(status)
    .type("application/problem+json")
    .send(JSON.stringify({ type: "about:blank", title, status, detail }));
}
