import { SandboxError } from "../sandbox/servers/sandbox-error.ts";
import { errorTable } from "../core/error-table.ts";
import { ConfigError, RetryableError, TidemarkError } from "../core/errors.ts";
import { refuse } from "./refuse.ts";

/**
 * Tells a person what went wrong and what to do.
 * @param called The words of the command that failed, once they are known.
 * @returns The exit code: 2 for usage and configuration, else 1.
 */
export function report(error: unknown, called = ""): number {
  if (error instanceof ConfigError) {
    refuse(faultsText(error, called));
    return 2;
  }
  // A failure while cleaning up hides the one that led to it.
  if (error instanceof SuppressedError) {
    report(error.suppressed, called);
    return report(error.error, called);
  }
  // A worker tries again by itself; a command leaves that to the person.
  if (error instanceof RetryableError) {
    const { code, message } = error;
    return refuse(`${errorTable[code].when}\n  ${message} (${code})\n  See what is away: tidemark doctor`);
  }
  if (error instanceof TidemarkError) return refuse(`${error.message} (${error.code})\n  ${error.whatToDo}`);
  // Paths, which stay whole.
  if (error instanceof SandboxError || isFromOutside(error)) {
    console.error(`tidemark: ${error.message}`);
    return 1;
  }
  console.error("tidemark: unexpected failure", error);
  return 1;
}

function faultsText({ code, faults, whatToDo }: ConfigError, called: string): string {
  const isTyped = code === "TIDEMARK_USAGE";
  const list = faults.map((fault) => `\n  - ${fault}`).join("");
  const said =
    faults.length === 1
      ? faults.join()
      : `${faults.length} faults in the ${isTyped ? "command line" : "configuration"}:${list}`;
  if (!isTyped) return `${said}\n  ${whatToDo}\n  To look again: tidemark doctor`;
  // What is wrong with a command line often says itself what to type.
  const next = /\btidemark [a-z]/.test(said) ? "" : `\n  (tidemark ${called} --help shows an example)`;
  return `${said}${next}`;
}

/** What the operating system or a program that was run said: for a person, where it came from in our code tells nothing. */
function isFromOutside(error: unknown): error is Error {
  return error instanceof Error && ("syscall" in error || "cmd" in error);
}
