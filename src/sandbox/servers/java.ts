import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { SandboxError } from "./sandbox-error.ts";

const run = promisify(execFile);
const oldestVersion = 17;

/**
 * The Java to run Kafka with: the one in JAVA_HOME, else the first in PATH.
 *
 * @throws SandboxError  there is none, or it is older than 17.
 */
export async function findJava(): Promise<string> {
  const home = process.env["JAVA_HOME"];
  const java = home === undefined || home === "" ? "java" : join(home, "bin", "java");
  const version = await javaVersion(java);
  if (version !== undefined && version >= oldestVersion) return java;
  const found = version === undefined ? `${java} does not run` : `${java} is Java ${version}`;
  throw new SandboxError(
    `Kafka needs Java ${oldestVersion} or newer, but ${found}: install one (Debian: apt-get install default-jre-headless, ` +
      `macOS: brew install openjdk), or start Docker, or name running brokers in TIDEMARK_KAFKA_BROKERS.`,
  );
}

async function javaVersion(java: string): Promise<number | undefined> {
  try {
    const { stderr } = await run(java, ["-version"]);
    const major = /version "(\d+)/.exec(stderr)?.[1]; // Java 8 calls itself 1.8
    return major === undefined ? undefined : Number(major);
  } catch {
    return undefined;
  }
}
