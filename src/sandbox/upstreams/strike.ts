import { setTimeout as delay } from "node:timers/promises";
import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { SimulatedClock } from "./clock.ts";
import type { Mutate } from "./mutator.ts";
import type { CommonBehaviour, Fault } from "./protocol.ts";
import { retryAfter } from "./retry-after.ts";
import type { Item, Vendor } from "./vendor.ts";

const DEFAULT_HUGE_BYTES = 256 * 1024 * 1024;
const DEFAULT_SLOW_MS = 1_000;
const PIECE = "x".repeat(64 * 1024);

/** What a fault does to a request: before it is served, and to the answer. */
export interface Striker {
  /** Answers in the vendor's place where the fault says so. */
  readonly before: (fault: Fault, request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  /** @param payload The vendor's answer; @returns what goes out instead. */
  readonly after: (fault: Fault, payload: unknown, reply: FastifyReply) => unknown;
}

export function striker<B extends CommonBehaviour>(
  vendor: Vendor<B>,
  clock: SimulatedClock,
  mutate: Mutate,
): Striker {
  async function before(fault: Fault, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    switch (fault.kind) {
      case "401":
      case "403":
      case "429": {
        const { status, headers, body } = vendor.refusal(Number(fault.kind));
        reply.headers(
          fault.kind === "429" ? retryAfter(fault.retryAfter ?? "seconds", secondsOf(fault), clock) : {},
        );
        await reply
          .code(status)
          .headers({ "content-type": "application/json", ...headers })
          .send(body);
        return;
      }
      case "500":
      case "502":
      case "503":
        await reply
          .code(Number(fault.kind))
          .headers(retryAfter(fault.retryAfter ?? "none", secondsOf(fault), clock))
          .type("text/html")
          .send(`<html><head><title>${fault.kind}</title></head><body><h1>${fault.kind}</h1></body></html>`);
        return;
      case "reset":
        reply.hijack();
        request.raw.socket.resetAndDestroy();
        return;
      case "slow":
        if (fault.trickle !== true) await delay(fault.ms ?? DEFAULT_SLOW_MS);
        return;
      case "huge":
        await reply.type("application/json").send(Readable.from(hugeText(fault.bytes ?? DEFAULT_HUGE_BYTES)));
        return;
      case "truncated":
      case "empty-body":
      case "empty-answer":
      case "wrong-shape":
      case "item-without-id":
      case "item-with-nul":
      case "unknown-members":
      case "shift":
    }
  }

  function after(fault: Fault, payload: unknown, reply: FastifyReply): unknown {
    if (fault.kind === "shift") {
      mutate(fault.mutation ?? { update: 1 });
      return payload;
    }
    if (typeof payload !== "string" || reply.statusCode !== 200) return payload;
    if (String(reply.getHeader("content-type")).includes("xml")) return payload;
    if (fault.kind === "slow")
      return fault.trickle === true ? trickled(payload, fault.ms ?? DEFAULT_SLOW_MS) : payload;
    if (fault.kind === "truncated") return payload.slice(0, Math.floor(payload.length / 2));
    if (fault.kind === "empty-body") return "";
    if (fault.kind === "wrong-shape") return JSON.stringify({ result: "ok", value: 42 });
    if (fault.kind === "empty-answer") return JSON.stringify(vendor.withoutItems(JSON.parse(payload)));
    const edit = EDITS[fault.kind] ?? (fault.kind === "unknown-members" ? vendor.strange : undefined);
    return edit === undefined ? payload : JSON.stringify(vendor.editItems(JSON.parse(payload), edit));
  }

  return { before, after };
}

const EDITS: Partial<Record<Fault["kind"], (item: Item, index: number) => Item>> = {
  "item-without-id": (item, index) => (index === 0 ? { ...item, id: undefined } : item),
  "item-with-nul": (item, index) => (index === 0 ? { ...item, id: `${item.id ?? ""}\u0000` } : item),
};

function secondsOf(fault: Fault): number {
  return fault.retryAfterSeconds ?? 1;
}

function trickled(payload: string, ms: number): Readable {
  const pieces = 20;
  const length = Math.ceil(payload.length / pieces);
  async function* drip(): AsyncGenerator<string> {
    for (let at = 0; at < payload.length; at += length) {
      yield payload.slice(at, at + length);
      await delay(ms / pieces);
    }
  }
  return Readable.from(drip());
}

function* hugeText(bytes: number): Generator<string> {
  yield '["';
  for (let sent = 0; sent < bytes; sent += PIECE.length) yield PIECE;
  yield '"]';
}
