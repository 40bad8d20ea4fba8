import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";

/** Lets PATH lead to nothing but the given programs (shell scripts by name), until `vi.unstubAllEnvs`. */
export function onlyPrograms(programs: Record<string, string>): void {
  const folder = mkdtempSync(join(tmpdir(), "path-"));
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  vi.stubEnv("PATH", folder);
  vi.stubEnv("JAVA_HOME", undefined);
}
