import type { IncomingHttpHeaders } from "node:http";
import { StringDecoder } from "node:string_decoder";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Dispatcher } from "undici";
import type { HttpRequest } from "../ports/http.ts";

/** An answer as it came, with its whole body as text. */
export interface Received {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** How long to wait, and how much to take. */
export interface Patience {
  headersTimeoutMs: number;
  /** Longest silence within a body. */
  bodyTimeoutMs: number;
  /** Of the decoded body. */
  maxBodyBytes: number;
  /** Ends the exchange at any moment. */
  signal: AbortSignal;
}

const gunzipped = promisify(gunzip);

/**
 * Sends one request and takes its answer in. Underneath undici's `request`, because the streams of that keep what they have carried until a
 * full collection.
 * @throws what undici reports, what zlib does, or the signal's reason
 */
export function receive(agent: Dispatcher, request: HttpRequest, patience: Patience): Promise<Received> {
  const { signal } = patience;
  const { origin, pathname, search } = new URL(request.url);
  const { promise, resolve, reject } = Promise.withResolvers<Received>();
  const chunks: Buffer[] = [];
  let status = 0;
  let headers: IncomingHttpHeaders = {};
  let controller: Dispatcher.DispatchController | null = null;

  const abort = () => {
    controller?.abort(signal.reason as Error);
    reject(signal.reason);
  };
  signal.addEventListener("abort", abort);
  agent.dispatch(
    {
      origin,
      path: `${pathname}${search}`,
      method: request.method ?? "GET",
      headers: { ...request.headers, "accept-encoding": "gzip" },
      body: request.body ?? null,
      headersTimeout: patience.headersTimeoutMs,
      bodyTimeout: patience.bodyTimeoutMs,
    },
    {
      onRequestStart(started) {
        controller = started;
        if (signal.aborted) abort();
      },
      onResponseStart(_controller, statusCode, answered) {
        status = statusCode;
        headers = answered;
      },
      onResponseData: (_controller, chunk) => void chunks.push(chunk),
      onResponseEnd: () =>
        resolve(textOf(chunks, headers, patience).then((body) => ({ status, headers, body }))),
      onResponseError: (_controller, error) => reject(error),
    },
  );
  return promise.finally(() => signal.removeEventListener("abort", abort));
}

/** Outside of the heap until it is whole: an answer that is refused for its size must not fill that. */
async function textOf(
  chunks: readonly Buffer[],
  headers: IncomingHttpHeaders,
  { maxBodyBytes }: Patience,
): Promise<string> {
  if (headers["content-encoding"] === "gzip")
    return String(await gunzipped(Buffer.concat(chunks), { maxOutputLength: maxBodyBytes }));
  // Without making one buffer of them first, which would wait for a full collection, too.
  const decoder = new StringDecoder("utf8");
  return chunks.map((chunk) => decoder.write(chunk)).join("") + decoder.end();
}
