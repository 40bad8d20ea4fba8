import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { serverPid } from "./server-process.ts";

/** The loopback ports of the server of a folder: the same at every start, unless another program has taken one meanwhile. */
export async function keptPorts<Name extends string>(
  folder: string,
  names: readonly Name[],
): Promise<Record<Name, number>> {
  const file = join(folder, "ports.json");
  const kept = await readPorts(file);
  const isRunning = serverPid(folder) !== undefined;
  const ports: Partial<Record<string, number>> = {};
  for (const name of names) {
    const port = kept[name];
    ports[name] =
      isRunning && port !== undefined ? port : await freePort(...(port === undefined ? [] : [port]));
  }
  await writeFile(file, JSON.stringify(ports));
  return ports as Record<Name, number>;
}

async function readPorts(file: string): Promise<Partial<Record<string, number>>> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Partial<Record<string, number>>;
  } catch {
    return {}; // the first start, or one that was killed while writing: any free port will do
  }
}
