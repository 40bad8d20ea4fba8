import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { isCheckout } from "./is-checkout.ts";
import type { Started } from "./started.ts";

const run = promisify(execFile);
const project = join(import.meta.dirname, "../../..");

/** Whether a Docker daemon and its compose plugin both answer, and there is a docker-compose.yml for them. */
export async function dockerAnswers(): Promise<boolean> {
  if (!isCheckout) return false;
  try {
    await run("docker", ["info"], { timeout: 10_000 });
    await run("docker", ["compose", "version"], { timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

interface Saying {
  readonly say: (line: string) => void;
}

/** Starts service `postgres` of docker-compose.yml and waits until it is healthy; its data outlives `stop`. */
export async function postgresInDocker({ say }: Saying): Promise<Started<string>> {
  return inDocker("postgres", "postgresql://tidemark:tidemark@127.0.0.1:5432/tidemark", say);
}

/** Starts service `kafka` of docker-compose.yml and waits until it is healthy; its data outlives `stop`. */
export async function kafkaInDocker({ say }: Saying): Promise<Started<string[]>> {
  return inDocker("kafka", ["127.0.0.1:29092"], say);
}

async function inDocker<Address>(
  service: string,
  address: Address,
  say: (line: string) => void,
): Promise<Started<Address>> {
  say(`Docker: starting ${service}; the first time its image is downloaded`);
  await compose("up", "--detach", "--wait", service);
  say(`Docker: ${service} is ready`);
  return { address, stop: () => compose("stop", service) };
}

async function compose(...args: readonly string[]): Promise<void> {
  await run("docker", ["compose", ...args], { cwd: project });
}

/** Removes the containers of docker-compose.yml with their volumes. */
export async function discardContainers(): Promise<void> {
  await compose("down", "--volumes");
}
