import { SandboxError } from "../sandbox/servers/sandbox-error.ts";
import { errorTable } from "../core/error-table.ts";
import { ConfigError, RetryableError, TidemarkError } from "../core/errors.ts";
import { fitted } from "./fitted.ts";

/**
 * Tells a person what went wrong and what to do.
 * @param called The words of the command that failed, once they are known.
 * @returns The exit code: 2 for usage and configuration, else 1.
 */
export function report(error: unknown, called = ""): number {
  if (error instanceof ConfigError) {
    console.error(faultsText(error, called));
    return 2;
  }
  // A failure while cleaning up hides the one that led to it.
  if (error instanceof SuppressedError) {
    report(error.suppressed, called);
    return report(error.error, called);
  }
  // A worker tries again by itself; a command leaves that to the person.
  if (error instanceof RetryableError) {
    console.error(`tidemark: ${errorTable[error.code].when} See what is away: tidemark doctor`);
    console.error(`  ${error.message} (${error.code})`);
    return 1;
  }
  if (error instanceof TidemarkError) {
    console.error(`tidemark: ${error.message}\n  ${error.whatToDo} (${error.code})`);
    return 1;
  }
  if (error instanceof SandboxError) {
    console.error(`tidemark: ${error.message}`);
    return 1;
  }
  if (isFromOutside(error)) {
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
  if (!isTyped) return `tidemark: ${said}\n  ${whatToDo} To look again: tidemark doctor`;
  // What is wrong with a command line often says itself what to type.
  const next = /\btidemark [a-z]/.test(said) ? "" : `\n  (tidemark ${called} --help shows an example)`;
  return fitted(`tidemark: ${said}${next}`);
}

/** What the operating system or a program that was run said: for a person, where it came from in our code tells nothing. */
function isFromOutside(error: unknown): error is Error {
  return error instanceof Error && ("syscall" in error || "cmd" in error);
}
