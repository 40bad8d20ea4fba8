import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";

/** A child process whose use of the machine is read from the kernel (Linux). */
export interface MeasuredProcess {
  /** When it was started, in milliseconds since 1970. */
  startedAtMs: number;
  /** CPU time so far, user and system, in milliseconds. */
  cpuMs(): number;
  /** Highest resident memory so far, in bytes. */
  peakBytes(): number;
  hasEnded(): boolean;
  /** The first message that it sends its parent. */
  firstMessage(): Promise<unknown>;
  stop(): Promise<void>;
}

/** What the kernel counts CPU time in (`getconf CLK_TCK` is 100 on every Linux). */
const tickMs = 10;
const sampleEveryMs = 20;

/** @param args What Node runs. */
export function measuredProcess(args: readonly string[]): MeasuredProcess {
  const startedAtMs = Date.now();
  const child = spawn(process.execPath, [...args], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  let cpuMs = 0;
  let peakBytes = 0;

  /** What was read last is what it used, once it has ended. */
  const sample = () => {
    try {
      // Fields 14 and 15 of stat, counted after the name, which may hold spaces.
      const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      cpuMs = (Number(fields[11]) + Number(fields[12])) * tickMs;
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      peakBytes = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? peakBytes / 1_024) * 1_024;
    } catch {
      clearInterval(sampling);
    }
  };
  const sampling = setInterval(sample, sampleEveryMs).unref();
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;

  return {
    startedAtMs,
    cpuMs() {
      sample();
      return cpuMs;
    },
    peakBytes: () => peakBytes,
    hasEnded,
    async firstMessage() {
      const [message] = (await once(child, "message")) as [unknown];
      return message;
    },
    async stop() {
      clearInterval(sampling);
      if (hasEnded()) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}
