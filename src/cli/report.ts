import { SandboxError } from "../sandbox/servers/sandbox-error.ts";
import { errorTable } from "../core/error-table.ts";
import { ConfigError, RetryableError, TidemarkError } from "../core/errors.ts";

/**
 * Tells a person what went wrong and what to do.
 * @returns The exit code: 2 for usage and configuration, else 1.
 */
export function report(error: unknown): number {
  if (error instanceof ConfigError) {
    const [first, ...more] = error.faults;
    console.error(
      more.length === 0
        ? `tidemark: ${first}`
        : `tidemark: ${error.faults.length} faults in the configuration:`,
    );
    if (more.length > 0) for (const fault of error.faults) console.error(`  - ${fault}`);
    // What is wrong with a command line says it itself.
    if (error.code === "TIDEMARK_CONFIG_INVALID")
      console.error(`  ${error.whatToDo} To look again: tidemark doctor`);
    return 2;
  }
  // A failure while cleaning up hides the one that led to it.
  if (error instanceof SuppressedError) {
    report(error.suppressed);
    return report(error.error);
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

/** What the operating system or a program that was run said: for a person, where it came from in our code tells nothing. */
function isFromOutside(error: unknown): error is Error {
  return error instanceof Error && ("syscall" in error || "cmd" in error);
}
