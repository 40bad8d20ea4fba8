import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import type { JsonValue } from "../../core/json.ts";

/**
 * What goes wrong between a connector and its upstream, and on which requests (those for tokens are never struck).
 *
 * - `unauthorized` 401, `forbidden` 403, `throttled` 429, `unavailable` 503; refusals repeat what was sent, credentials included
 * - `reset`: the connection is cut without an answer; `silent`: no answer ever comes
 * - `cut-body`: the first half of the answer; `empty-body`: 200 and nothing; `garbage`: JSON of a shape that nobody documents
 * - `repeated`: the answer that this address gave before, again
 * - `edited`: the upstream's own answer (200, JSON), changed
 */
export type Fault =
  | (Extent & { kind: keyof typeof refusals | "reset" | "silent" | BrokenBody | "repeated" })
  | (Extent & { kind: "throttled"; retryAfterSeconds: number })
  | (Extent & { kind: "edited"; edit: (answer: JsonValue) => JsonValue });

type BrokenBody = "cut-body" | "empty-body" | "garbage";

interface Extent {
  /** How many requests are spared first; 0 when left out. */
  after?: number;
  /** How many requests it then strikes; all when left out. */
  times?: number;
}

/** A server in front of another one that strikes its answers. */
export interface FaultProxy {
  /** `http://127.0.0.1:port`, without a slash at its end. */
  url: string;
  /** From now on this goes wrong, and what went wrong before does not any more. */
  strike(fault: Fault): void;
  heal(): void;
  /** How many requests the fault has struck. */
  struck(): number;
  /** Resolves as soon as the fault has struck a request. */
  untilStruck(): Promise<void>;
  /** Words that came as credentials: the last one of each `authorization` header. */
  credentials: ReadonlySet<string>;
  close(): Promise<void>;
}

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

const refusals = { unauthorized: 401, forbidden: 403, unavailable: 503 } as const;

const broken: Record<BrokenBody, (body: string) => string> = {
  "cut-body": (body) => body.slice(0, Math.floor(body.length / 2)),
  "empty-body": () => "",
  garbage: () => JSON.stringify({ result: "ok", value: 42 }),
};

/** @param options.isSpared Requests that no fault strikes, such as those for tokens: by method and path. */
export async function faultProxy(
  target: string,
  { isSpared = () => false }: { isSpared?: (method: string, path: string) => boolean } = {},
): Promise<FaultProxy> {
  const credentials = new Set<string>();
  let fault: Fault | null = null;
  let spared = 0;
  let struck = 0;
  let firstStruck = Promise.withResolvers<void>();
  const before = new Map<string, Answer>();

  async function answerTo(request: IncomingMessage, body: Buffer): Promise<Answer | "reset" | "silent"> {
    const { method = "GET", url = "/" } = request;
    const strikes = isSpared(method, new URL(url, target).pathname) ? null : due();
    if (strikes === null) return passedOn(request, body);
    struck += 1;
    firstStruck.resolve();
    switch (strikes.kind) {
      case "unauthorized":
      case "forbidden":
      case "unavailable":
        return refusal(refusals[strikes.kind], request, body);
      case "throttled": {
        const { headers, ...rest } = refusal(429, request, body);
        return { ...rest, headers: { ...headers, "retry-after": String(strikes.retryAfterSeconds) } };
      }
      case "reset":
      case "silent":
        return strikes.kind;
      case "repeated":
        return before.get(addressOf(request)) ?? passedOn(request, body);
      case "edited": {
        const whole = await passedOn(request, body);
        return whole.status === 200 ? { ...whole, body: edited(whole.body, strikes.edit) } : whole;
      }
      case "cut-body":
      case "empty-body":
      case "garbage":
    }
    const whole = await passedOn(request, body);
    return { ...whole, body: broken[strikes.kind](whole.body) };
  }

  function due(): Fault | null {
    if (fault === null || struck >= (fault.times ?? Number.POSITIVE_INFINITY)) return null;
    if (spared >= (fault.after ?? 0)) return fault;
    spared += 1;
    return null;
  }

  async function passedOn(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const answer = await askedOf(target, request, body);
    before.set(addressOf(request), answer);
    return answer;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
    const credential = request.headers.authorization?.split(" ").at(-1);
    if (credential !== undefined) credentials.add(credential);
    const answer = await answerTo(request, body);
    if (answer === "silent") return;
    if (answer === "reset") {
      request.socket.resetAndDestroy();
      return;
    }
    const { status, headers } = answer;
    response.writeHead(status, Object.fromEntries(Object.entries(headers).filter(([name]) => isKept(name))));
    response.end(answer.body);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    strike(next) {
      fault = next;
      spared = 0;
      struck = 0;
      before.clear();
      firstStruck = Promise.withResolvers<void>();
    },
    heal() {
      fault = null;
    },
    struck: () => struck,
    untilStruck: () => firstStruck.promise,
    credentials,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function addressOf({ url = "/" }: IncomingMessage): string {
  return url.split("?", 1)[0] ?? url;
}

/** The body was read and decoded: what tells its length and form is written anew. */
function isKept(header: string): boolean {
  return !["content-length", "transfer-encoding", "connection", "keep-alive"].includes(header);
}

async function askedOf(target: string, request: IncomingMessage, body: Buffer): Promise<Answer> {
  const { method = "GET", url = "/" } = request;
  // The name under which it was asked stays: addresses in answers must lead here again.
  const headers = { ...request.headers, "accept-encoding": "identity", connection: "close" };
  const asked = forward(new URL(url, target), { method, headers });
  // One that comes behind the answer is nobody's concern.
  asked.on("error", () => undefined);
  asked.end(body);
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  const pieces = await Array.fromAsync(answer as AsyncIterable<Buffer>);
  const text = Buffer.concat(pieces).toString("utf8");
  return { status: answer.statusCode ?? 502, headers: answer.headers, body: text };
}

function refusal(status: number, request: IncomingMessage, body: Buffer): Answer {
  const { authorization, "x-api-key": key } = request.headers;
  const sent = [authorization, key, request.url, body.toString("utf8")].filter((part) => part !== undefined);
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ message: `refused: ${sent.join(" ")}` }),
  };
}

function edited(body: string, edit: (answer: JsonValue) => JsonValue): string {
  let answer: JsonValue;
  try {
    answer = JSON.parse(body) as JsonValue;
  } catch {
    // What is no JSON has no accounts that could be edited.
    return body;
  }
  return JSON.stringify(edit(answer));
}
