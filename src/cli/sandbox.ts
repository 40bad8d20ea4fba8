import { resolve } from "node:path";
import { runSandbox } from "../sandbox/run-sandbox.ts";
import { wireLog } from "../wire.ts";
import { numberOption } from "./options.ts";
import { stopSignal } from "./stop-signal.ts";
import { voice } from "./voice.ts";

interface SandboxCommandOptions {
  duration?: string;
  fresh?: boolean;
}

/** `tidemark sandbox`: everything on this machine, in one command. */
export async function sandbox(options: SandboxCommandOptions): Promise<number> {
  const durationSeconds =
    options.duration === undefined ? null : numberOption("--duration", options.duration, 1, 86_400);
  const isOk = await runSandbox({
    ...voice(),
    folder: resolve(".sandbox"),
    durationSeconds,
    fresh: options.fresh === true,
    accounts: 500,
    columns: process.stdout.columns ?? Number.POSITIVE_INFINITY,
    log: wireLog({ to: process.stderr, level: "error" }),
    stop: stopSignal(),
  });
  return isOk ? 0 : 1;
}
