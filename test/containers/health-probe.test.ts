import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";

/** Exit code of the probe against a server that answers with this status, or against nobody. */
async function probe(status?: number): Promise<unknown> {
  const server = createServer((_request, response) => response.writeHead(status ?? 200).end()).listen(
    0,
    "127.0.0.1",
  );
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  if (status === undefined) server.close();
  else onTestFinished(() => void server.close());
  const process_ = spawn(process.execPath, [
    "ops/container/health-probe.js",
    `http://127.0.0.1:${port}/healthz`,
  ]);
  const [code] = (await once(process_, "exit")) as [number | null];
  return code;
}

test("a container is healthy when its program answers", async () => {
  expect(await probe(200)).toBe(0);
});

test("a container is not healthy when its program answers with an error", async () => {
  expect(await probe(503)).toBe(1);
});

test("a container is not healthy when nobody listens", async () => {
  expect(await probe()).toBe(1);
});
