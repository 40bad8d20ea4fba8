import type { FastifyInstance, FastifyRequest } from "fastify";
import type { RecordedRequest } from "./protocol.ts";

const KEPT = 10_000;

/** The newest requests that came in, for assertions. */
export interface RequestRecord {
  /** Records everything that reaches this part of the server. */
  watch(app: FastifyInstance): void;
  /** Oldest first. */
  list(): readonly RecordedRequest[];
  clear(): void;
}

type Entry = { -readonly [Member in keyof RecordedRequest]: RecordedRequest[Member] };

export function requestRecord(): RequestRecord {
  let entries: Entry[] = [];
  const open = new WeakMap<FastifyRequest, Entry>();

  function watch(app: FastifyInstance): void {
    app.addHook("preHandler", (request, _reply, done) => {
      const entry: Entry = {
        method: request.method,
        path: request.url.split("?", 1)[0] ?? "",
        query: { ...(request.query as Record<string, unknown>) },
        headers: request.headers,
        body: typeof request.body === "string" ? request.body : "",
        status: 0,
        at: new Date().toISOString(),
      };
      open.set(request, entry);
      if (entries.length >= 2 * KEPT) entries = entries.slice(-KEPT);
      entries.push(entry);
      done();
    });
    // Before the answer leaves, so that whoever has it also finds it recorded.
    app.addHook("onSend", (request, reply, payload, done) => {
      const entry = open.get(request);
      if (entry !== undefined) entry.status = reply.statusCode;
      done(null, payload);
    });
  }

  return {
    watch,
    list: () => entries.slice(-KEPT),
    clear: () => {
      entries = [];
    },
  };
}
