import { createRequire } from "node:module";
import { type Conversation, type FaultProxy, type Side, faultProxy } from "./fault-proxy.ts";

interface Decoder {
  offset: number;
  readInt16(): number;
  readInt32(): number;
  readString(): string | null;
}

const require = createRequire(import.meta.url);
const decoderOf = require("kafkajs/src/protocol/decoder.js") as new (bytes: Buffer) => Decoder;
const apiKeys = require("kafkajs/src/protocol/requests/apiKeys.js") as Readonly<Record<string, number>>;
const names = new Map(Object.entries(apiKeys).map(([name, key]) => [key, name]));

/** The APIs a transaction consists of, as Kafka calls them: they begin with the transactional id or the group, here the same. */
export const transactionApis = [
  "InitProducerId",
  "FindCoordinator",
  "AddOffsetsToTxn",
  "TxnOffsetCommit",
  "AddPartitionsToTxn",
  "Produce",
  "EndTxn",
  "OffsetFetch",
] as const;

export type TransactionApi = (typeof transactionApis)[number];

/** The last version of each API that is written without compact strings: kafkajs speaks no later one. */
const lastPlain: Readonly<Record<TransactionApi | "Metadata", number>> = {
  InitProducerId: 1,
  FindCoordinator: 2,
  AddOffsetsToTxn: 2,
  TxnOffsetCommit: 2,
  AddPartitionsToTxn: 2,
  Produce: 8,
  EndTxn: 2,
  OffsetFetch: 5,
  Metadata: 8,
};

/** A broker as its clients reach it through a proxy. */
export interface KafkaProxy extends FaultProxy {
  /** `127.0.0.1:port`. */
  readonly brokers: string[];
}

/**
 * A door to one broker. A request is named by its API, and is of the transactional id or group it is for; a response is what its
 * request was. The broker's addresses in Metadata and FindCoordinator become this proxy's, so that nobody finds a way around it,
 * except the Java clients, whose newer messages pass as they are: they go on to the broker itself.
 */
export async function kafkaProxy([broker = ""]: readonly string[]): Promise<KafkaProxy> {
  const { hostname: host, port } = new URL(`kafka://${broker}`);
  const proxy = await faultProxy({ host, port: Number(port) }, kafkaConversation);
  return { ...proxy, brokers: [`127.0.0.1:${proxy.port}`] };
}

function kafkaConversation(ownPort: number): Conversation {
  const underWay = new Map<number, { name: string; of: string | null; version: number }>();

  function readRequest(decoder: Decoder) {
    const key = decoder.readInt16();
    const version = decoder.readInt16();
    const correlationId = decoder.readInt32();
    decoder.readString(); // the client's id
    const name = nameOf(key);
    // Metadata begins with a list; the others of the table with the string that says whose they are.
    const of = isPlain(name, version) && name !== "Metadata" ? decoder.readString() : null;
    const request = { name, of, version };
    underWay.set(correlationId, request);
    return request;
  }

  function readResponse(decoder: Decoder, bytes: Buffer) {
    const correlationId = decoder.readInt32();
    const request = underWay.get(correlationId);
    if (request === undefined) throw new Error(`a response to a request that never was: ${correlationId}`);
    underWay.delete(correlationId);
    if (isPlain(request.name, request.version)) movePorts(request, decoder, bytes, ownPort);
    return request;
  }

  return {
    read(side: Side, bytes: Buffer) {
      if (bytes.length < 4 || bytes.length < 4 + bytes.readInt32BE(0)) return null;
      const length = 4 + bytes.readInt32BE(0);
      const decoder = new decoderOf(bytes);
      decoder.readInt32();
      const { name, of } = side === "request" ? readRequest(decoder) : readResponse(decoder, bytes);
      return { length, name, of };
    },
  };
}

function nameOf(key: number): string {
  const name = names.get(key) ?? `API ${key}`;
  return name === "GroupCoordinator" ? "FindCoordinator" : name; // its name before it served transactions too
}

function isPlain(name: string, version: number): boolean {
  return version <= (lastPlain[name as keyof typeof lastPlain] ?? -1);
}

/** Ports have the same length everywhere, so nothing else of the message changes. */
function movePorts(
  { name, version }: { name: string; version: number },
  decoder: Decoder,
  bytes: Buffer,
  ownPort: number,
): void {
  const moveNext = () => {
    decoder.readInt32(); // the node
    decoder.readString(); // its host
    if (bytes.readInt32BE(decoder.offset) > 0) bytes.writeInt32BE(ownPort, decoder.offset);
    decoder.readInt32();
  };
  if (name === "Metadata") {
    if (version >= 3) decoder.readInt32(); // how long the client is throttled
    for (let brokers = decoder.readInt32(); brokers > 0; brokers -= 1) {
      moveNext();
      if (version >= 1) decoder.readString(); // the rack
    }
  }
  if (name === "FindCoordinator") {
    if (version >= 1) decoder.readInt32();
    decoder.readInt16(); // the error
    if (version >= 1) decoder.readString(); // and its text
    moveNext();
  }
}
