import type { Strike } from "./strikes.ts";
import { type Conversation, type FaultProxy, type Side, faultProxy } from "./fault-proxy.ts";

/** A database as its clients reach it through a proxy. */
export interface PostgresProxy extends FaultProxy {
  /** The database's address with the proxy's host and port. */
  readonly url: string;
}

/**
 * A door to a database server. A request is all that a client sends until it waits for the answer: one statement, named as its
 * prepared statement is (`source.commit`), or by its text (`commit`); it is of its first parameter. Its response is everything up to
 * "ready for query".
 */
export async function postgresProxy(databaseUrl: string): Promise<PostgresProxy> {
  const address = new URL(databaseUrl);
  const server = { host: address.hostname, port: Number(address.port || 5432) };
  const proxy = await faultProxy(server, postgresConversation);
  address.host = `127.0.0.1:${proxy.port}`;
  return { ...proxy, url: address.href };
}

/**
 * The statement has run, but its transaction is not committed when the connection breaks: an extended query's transaction ends with the
 * Sync message, the last 5 bytes.
 */
export const cutBeforeSync: Strike = ({ bytes, forward, cutClient }) => {
  forward(bytes.subarray(0, -5));
  cutClient();
};

const starting = "start";
const typed = {
  query: 0x51,
  bind: 0x42,
  sync: 0x53,
  password: 0x70,
  end: 0x58,
  ready: 0x5a,
  authentication: 0x52,
};
/** After these a client waits. */
const endsRequest: ReadonlySet<number> = new Set([typed.query, typed.sync, typed.password, typed.end]);

function postgresConversation(): Conversation {
  let statement: { name: string; of: string | null } = { name: starting, of: null };
  let isStarted = false;

  /** The end of the last message of a request, and the statement that it is. */
  function readRequest(bytes: Buffer) {
    if (!isStarted) {
      // The first message has no type.
      const length = bytes.length < 4 ? 4 : bytes.readInt32BE(0);
      if (bytes.length < 4 || bytes.length < length) return null;
      isStarted = true;
      return length;
    }
    for (const { type, start, end } of messagesOf(bytes)) {
      if (type === typed.query) statement = { name: textAt(bytes, start), of: null };
      if (type === typed.bind) statement = boundAt(bytes, start);
      if (endsRequest.has(type)) return end;
    }
    return null;
  }

  /** The end of the message with which the server waits for the client. */
  function readResponse(bytes: Buffer) {
    for (const { type, end } of messagesOf(bytes)) {
      if (type === typed.ready || (type === typed.authentication && statement.name === starting)) return end;
    }
    return null;
  }

  return {
    read(side: Side, bytes: Buffer) {
      const length = side === "request" ? readRequest(bytes) : readResponse(bytes);
      return length === null ? null : { length, ...statement };
    },
  };
}

/** The whole messages: a type, a length that includes itself, and what begins at `start`. */
function* messagesOf(bytes: Buffer): Generator<{ type: number; start: number; end: number }, void, void> {
  for (let at = 0; at + 5 <= bytes.length;) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    if (end > bytes.length) return;
    yield { type: bytes.readUInt8(at), start: at + 5, end };
    at = end;
  }
}

/** What a Bind message at `start` is for: a portal, a statement, the formats of its parameters, and then each with its length. */
function boundAt(bytes: Buffer, start: number): { name: string; of: string | null } {
  const nameAt = bytes.indexOf(0, start) + 1;
  const formatsAt = bytes.indexOf(0, nameAt) + 1;
  const countAt = formatsAt + 2 + 2 * bytes.readInt16BE(formatsAt);
  const length = bytes.readInt16BE(countAt) === 0 ? -1 : bytes.readInt32BE(countAt + 2);
  const firstAt = countAt + 6;
  return {
    name: textAt(bytes, nameAt),
    of: length < 0 ? null : bytes.toString("utf8", firstAt, firstAt + length),
  };
}

/** The text up to the next NUL. */
function textAt(bytes: Buffer, start: number): string {
  return bytes.toString("utf8", start, bytes.indexOf(0, start));
}
