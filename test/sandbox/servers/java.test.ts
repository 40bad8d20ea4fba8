import { afterEach, expect, test, vi } from "vitest";
import { findJava } from "../../../src/sandbox/servers/java.ts";
import { onlyPrograms } from "../../support/only-programs.ts";

afterEach(() => vi.unstubAllEnvs());

test("a missing Java is one sentence that says what to install", async () => {
  onlyPrograms({});
  await expect(findJava()).rejects.toThrow(
    /^Kafka needs Java 17 or newer, but java does not run: install one \(Debian: apt-get install .*\.$/,
  );
});

test("a Java that is too old is named", async () => {
  onlyPrograms({ java: `echo 'openjdk version "11.0.2" 2019-01-15' >&2` });
  await expect(findJava()).rejects.toThrow("but java is Java 11: install one");
  onlyPrograms({ java: `echo 'java version "1.8.0_292"' >&2` });
  await expect(findJava()).rejects.toThrow("but java is Java 1: install one");
});

test("Java 17 and newer will do, and JAVA_HOME goes before PATH", async () => {
  onlyPrograms({ java: `echo 'openjdk version "17.0.15" 2025-04-15' >&2` });
  await expect(findJava()).resolves.toBe("java");
  vi.stubEnv("JAVA_HOME", "/nowhere");
  await expect(findJava()).rejects.toThrow("but /nowhere/bin/java does not run");
});
