import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { kafkaJars } from "../../../src/sandbox/servers/kafka-jars.ts";
import { onlyPrograms } from "../../support/only-programs.ts";

afterEach(() => vi.unstubAllEnvs());

test("a missing Maven is one sentence that says what to install", async () => {
  onlyPrograms({});
  const said: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), "jars-"));
  await expect(kafkaJars(folder, (line) => said.push(line))).rejects.toThrow(
    /^Maven is needed once, to download Kafka, and `mvn` is not found: install it \(Debian: apt-get install maven.*\.$/,
  );
  expect(said).toEqual(["downloading Kafka, 54 MB, about a minute"]);
});

test("a download that fails leaves nothing that looks complete, and says what Maven said", async () => {
  onlyPrograms({ mvn: `echo "no network today"; exit 1` });
  const folder = mkdtempSync(join(tmpdir(), "jars-"));
  await expect(kafkaJars(folder, () => undefined)).rejects.toThrow(
    "Maven could not download Kafka:\nno network today",
  );
  onlyPrograms({
    mvn: `for word in "$@"; do case $word in -DoutputDirectory=*) /bin/mkdir "\${word#*=}";; esac; done`,
  });
  const jars = await kafkaJars(folder, () => undefined);
  onlyPrograms({});
  await expect(kafkaJars(folder, () => undefined)).resolves.toBe(jars);
});
