import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A loopback port nobody listens on: the first free one of `preferred`, else a random one.
 *
 * Never from the range that systems hand to outgoing connections (32768 and up): a client would take the port of
 * a server that is being restarted.
 */
export async function freePort(...preferred: readonly number[]): Promise<number> {
  for (const port of preferred) if (await isFree(port)) return port;
  return freePort(...Array.from({ length: 20 }, () => randomInt(20_000, 32_000)));
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, "127.0.0.1"), "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
