import { SandboxError } from "../sandbox/servers/sandbox-error.ts";
import { ConfigError, TidemarkError } from "../core/errors.ts";

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
    return 2;
  }
  if (error instanceof TidemarkError) {
    console.error(`tidemark: ${error.message}\n  ${error.whatToDo} (${error.code})`);
    return 1;
  }
  if (error instanceof SandboxError) {
    console.error(`tidemark: ${error.message}`);
    return 1;
  }
  console.error("tidemark: unexpected failure", error);
  return 1;
}
