import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { connectionTimeoutMs, type KafkaSettings } from "./kafka-client.ts";

/** The versions of one API that a broker offers. */
export interface ApiRange {
  min: number;
  max: number;
}

interface NeededApi {
  key: number;
  name: string;
  /** The oldest version that does what is needed, and the newest that kafkajs 2.2.4 can send. */
  usable: ApiRange;
}

const needed: readonly NeededApi[] = [
  { key: 0, name: "Produce", usable: { min: 3, max: 7 } },
  { key: 1, name: "Fetch", usable: { min: 4, max: 11 } },
  { key: 2, name: "ListOffsets", usable: { min: 2, max: 3 } },
  { key: 3, name: "Metadata", usable: { min: 4, max: 6 } },
  { key: 9, name: "OffsetFetch", usable: { min: 1, max: 4 } },
  { key: 10, name: "FindCoordinator", usable: { min: 1, max: 2 } },
  { key: 11, name: "JoinGroup", usable: { min: 0, max: 5 } },
  { key: 19, name: "CreateTopics", usable: { min: 0, max: 3 } },
  { key: 22, name: "InitProducerId", usable: { min: 0, max: 1 } },
  { key: 24, name: "AddPartitionsToTxn", usable: { min: 0, max: 1 } },
  { key: 25, name: "AddOffsetsToTxn", usable: { min: 0, max: 1 } },
  { key: 26, name: "EndTxn", usable: { min: 0, max: 1 } },
  { key: 28, name: "TxnOffsetCommit", usable: { min: 0, max: 1 } },
  { key: 32, name: "DescribeConfigs", usable: { min: 0, max: 2 } },
];

/**
 * Names each API of which the broker offers no version that works; empty when all is well. kafkajs looks at a broker's
 * newest versions only, so that a broker which has dropped the old ones would fail in the middle of a transaction.
 */
export function missingApis(offered: ReadonlyMap<number, ApiRange>): string[] {
  return needed.flatMap(({ key, name, usable }) => {
    const range = offered.get(key);
    if (range === undefined) return [`${name} is not offered`];
    if (range.min <= usable.max && range.max >= usable.min) return [];
    return [
      `${name} is offered in versions ${range.min}–${range.max}, needed is ${usable.min}–${usable.max}`,
    ];
  });
}

/** Asks one broker which versions it offers, which is allowed before authentication. */
export async function readApiVersions(
  { host, port }: { host: string; port: number },
  ssl: KafkaSettings["ssl"],
): Promise<Map<number, ApiRange>> {
  const secure = ssl === true ? { servername: host } : ssl;
  const socket = secure ? connectTls({ host, port, ...secure }) : connect({ host, port });
  socket.setTimeout(connectionTimeoutMs, () => socket.destroy(new Error(`${host}:${port} does not answer`)));
  try {
    await once(socket, secure ? "secureConnect" : "connect");
    // Length, API key 18 (ApiVersions), version 0, correlation id 0, client id null.
    socket.write(Buffer.from("0000000a0012000000000000ffff", "hex"));
    let answer = Buffer.alloc(0);
    for await (const chunk of socket) {
      answer = Buffer.concat([answer, chunk as Buffer]);
      if (answer.length >= 4 && answer.length >= 4 + answer.readInt32BE(0)) return parseAnswer(answer);
    }
    throw new Error(`${host}:${port} closed the connection`);
  } finally {
    socket.destroy();
  }
}

/** Length, correlation id, error code, count, then key, min and max of each API. */
function parseAnswer(answer: Buffer): Map<number, ApiRange> {
  const offered = new Map<number, ApiRange>();
  const count = answer.readInt32BE(10);
  for (let i = 0, at = 14; i < count; i += 1, at += 6) {
    offered.set(answer.readInt16BE(at), { min: answer.readInt16BE(at + 2), max: answer.readInt16BE(at + 4) });
  }
  return offered;
}
