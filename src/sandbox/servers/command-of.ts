import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** The command line of a running process; undefined when no such process runs, a zombie included. */
export function commandOf(pid: number): string | undefined {
  try {
    if (process.platform === "linux") {
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8"); // empty for a zombie
      return words === "" ? undefined : words.replaceAll("\0", " ").trim();
    }
    const line = execFileSync("ps", ["-ww", "-o", "stat=,command=", "-p", String(pid)], { encoding: "utf8" });
    return line.startsWith("Z") ? undefined : line.trim().replace(/^\S+\s+/, "");
  } catch {
    return undefined;
  }
}
