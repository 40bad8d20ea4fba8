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

/** What is larger waits outside of the heap until it is whole: an answer that is refused for its size must not fill that. */
const decodedAtOnceBytes = 1024 * 1024;

/**
 * Sends one request and takes its answer in. Underneath undici's `request`, because the streams of that keep what they have carried until a
 * full collection.
 * @throws what undici reports, what zlib does, or the signal's reason
 */
export function receive(agent: Dispatcher, request: HttpRequest, patience: Patience): Promise<Received> {
  const { signal } = patience;
  const { origin, pathname, search } = new URL(request.url);
  const { promise, resolve, reject } = Promise.withResolvers<Received>();
  const body = receivedBody(patience);
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
      onResponseData: (_controller, chunk) => body.add(chunk, isGzip(headers)),
      onResponseEnd: () =>
        resolve(body.text(isGzip(headers)).then((text) => ({ status, headers, body: text }))),
      onResponseError: (_controller, error) => reject(error),
    },
  );
  return promise.finally(() => signal.removeEventListener("abort", abort));
}

function isGzip(headers: IncomingHttpHeaders): boolean {
  return headers["content-encoding"] === "gzip";
}

/** Takes a body in. A chunk keeps the buffer that the socket was read into until a full collection, so that most are decoded as they come. */
function receivedBody({ maxBodyBytes }: Patience) {
  const decoder = new StringDecoder("utf8");
  const kept: Buffer[] = [];
  let decoded = "";
  let bytes = 0;
  return {
    add(chunk: Buffer, isZipped: boolean): void {
      bytes += chunk.length;
      if (isZipped || bytes > decodedAtOnceBytes) kept.push(chunk);
      else decoded += decoder.write(chunk);
    },
    async text(isZipped: boolean): Promise<string> {
      if (isZipped) return String(await gunzipped(Buffer.concat(kept), { maxOutputLength: maxBodyBytes }));
      return decoded + kept.map((chunk) => decoder.write(chunk)).join("") + decoder.end();
    },
  };
}
