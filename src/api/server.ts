import type { AddressInfo } from "node:net";
import { type FastifyError, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import { ConfigError } from "../core/errors.ts";
import type { Log } from "../ports/log.ts";
import { problem } from "./problem.ts";

/** Where to listen, and what is asked of the running parts. */
export interface ApiOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** One entry per check: `ok`, or the reason why not. */
  isReady(): Promise<{ ready: boolean; checks: Record<string, string> }>;
  /** Everything in Prometheus' text format. */
  metricsText(): Promise<string>;
  log: Log;
}

/** A server that listens. */
export interface ApiServer {
  /** Such as `http://127.0.0.1:9400`. */
  readonly url: string;
  /** Ends open connections too, so that it takes well under a second. */
  close(): Promise<void>;
}

/**
 * Serves `/healthz` (the process works), `/readyz` (it can do its work; else 503 and why not) and `/metrics`. Errors are
 * problem documents.
 * @throws ConfigError `TIDEMARK_CONFIG_INVALID` when the address cannot be listened on.
 */
export async function startApi(options: ApiOptions): Promise<ApiServer> {
  const { host, port } = options;
  const answerError = errorAnswer(options.log);
  const app = fastify({ forceCloseConnections: true, frameworkErrors: answerError });
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) => problem(reply, 404, `Nothing answers ${request.method} here.`));

  app.get("/healthz", () => ({ status: "ok" }));
  app.get("/readyz", async (_request, reply) => {
    const readiness = await options.isReady();
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });
  app.get("/metrics", async (_request, reply) =>
    reply.type("text/plain; version=0.0.4; charset=utf-8").send(await options.metricsText()),
  );

  try {
    await app.listen({ host, port });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError("TIDEMARK_CONFIG_INVALID", [`http: cannot listen: ${reason}`], { cause });
  }
  const bound = app.server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound.port}`,
    close: () => app.close(),
  };
}

function errorAnswer(log: Log) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const status = error.statusCode ?? 500;
    if (status < 500) {
      problem(reply, status, error.message);
      return;
    }
    // The route, not the URL: what a caller puts into the query may be a secret.
    log.error("http.failed", { method: request.method, route: request.routeOptions.url, cause: error });
    problem(reply, status, "The request could not be answered; the log says why.");
  };
}
