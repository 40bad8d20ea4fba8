import { once } from "node:events";
import { type Socket, connect, createServer } from "node:net";
import type { Passage, Strike } from "./strikes.ts";

/** Requests go to the server, responses to the client. */
export type Side = "request" | "response";

/** What is known of a message. */
export interface Message {
  /** How many bytes it has. */
  length: number;
  /** What the protocol calls it. */
  name: string;
  /** Whose it is, where the protocol says so. */
  of: string | null;
}

/** Reads one connection, message by message. */
export interface Conversation {
  /** @returns the message that these bytes begin with (whose bytes may be changed in place), or null while it is not whole. */
  read(side: Side, bytes: Buffer): Message | null;
}

/** Which messages are to be struck. */
export interface Target {
  name: string;
  side: Side;
  /** Only this one's messages. */
  of?: string;
  /** How many are spared first; 0 when left out. */
  after?: number;
  /** How many are struck then; 1 when left out. */
  times?: number;
}

/** What was planned and has become of it. */
export interface PlannedStrike {
  readonly target: Target;
  struck(): number;
  /** Resolves when the last of them has been struck, and the strike itself is over. */
  readonly done: Promise<void>;
  /** Strikes no more. */
  cancel(): void;
}

/** A server's door through which every message passes, unless it is struck. */
export interface FaultProxy {
  readonly port: number;
  on(target: Target, strike: Strike): PlannedStrike;
  /** Breaks every connection, and lets no more in. */
  close(): Promise<void>;
}

/** Listens on the loopback address and relays, in order, what it understands to be whole messages. */
export async function faultProxy(
  server: { host: string; port: number },
  converse: (ownPort: number) => Conversation,
): Promise<FaultProxy> {
  const plans = new Set<{ target: Target; seen: number; meet(passage: Passage): Promise<void> }>();
  const connections = new Set<() => void>();

  const door = createServer((client) => {
    const backend = connect(server);
    let isCut = false;
    const cutClient = () => {
      isCut = true;
      client.destroy();
    };
    const cut = () => {
      cutClient();
      backend.destroy();
    };
    connections.add(cut);
    const conversation = converse(port);
    const relay = async (side: Side, from: Socket, to: Socket) => {
      let rest: Buffer = Buffer.alloc(0);
      for await (const chunk of chunksOf(from)) {
        rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        for (let message = conversation.read(side, rest); message !== null;) {
          const bytes = rest.subarray(0, message.length);
          rest = rest.subarray(message.length);
          const forward = (some = bytes) => void (to.writable && to.write(some));
          const plan = planFor(side, message);
          // What follows on this connection waits, as it does on a network.
          if (plan === undefined) forward();
          else await plan.meet({ of: message.of, bytes, forward, cut, cutClient });
          message = conversation.read(side, rest);
        }
      }
      // A server that turns a client away says why and closes: no whole message, but the client has to see it.
      to.end(isCut ? Buffer.alloc(0) : rest);
    };
    for (const socket of [client, backend]) socket.setNoDelay().on("error", () => undefined);
    void Promise.all([relay("request", client, backend), relay("response", backend, client)]).finally(() =>
      connections.delete(cut),
    );
  });
  await once(door.listen(0, "127.0.0.1"), "listening");
  const address = door.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  function planFor(side: Side, { name, of }: Message) {
    for (const plan of plans) {
      const { target } = plan;
      if (target.name !== name || target.side !== side || (target.of ?? of) !== of) continue;
      const { after = 0, times = 1 } = target;
      plan.seen += 1;
      if (plan.seen > after && plan.seen <= after + times) return plan;
    }
    return undefined;
  }

  return {
    port,
    on(target, strike) {
      let struck = 0;
      const { promise: done, resolve } = Promise.withResolvers<void>();
      const plan = {
        target,
        seen: 0,
        async meet(passage: Passage) {
          struck += 1;
          const isLast = struck === (target.times ?? 1);
          await strike(passage);
          if (isLast) resolve();
        },
      };
      plans.add(plan);
      return { target, struck: () => struck, done, cancel: () => void plans.delete(plan) };
    },
    async close() {
      const closed = once(door, "close");
      door.close();
      for (const cut of connections) cut();
      await closed;
    },
  };
}

/** What comes in until the connection is closed; one that breaks ends like one that is closed. */
async function* chunksOf(socket: Socket): AsyncGenerator<Buffer, void, void> {
  try {
    for await (const chunk of socket) yield chunk as Buffer;
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
  }
}
