import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { resolveReferences } from "../../src/secrets.ts";

const folder = mkdtempSync(join(tmpdir(), "secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("references are replaced wherever they stand, and what they gave is known as secret", () => {
  writeFileSync(join(folder, "token"), "from-file\n");
  const settings = {
    whole: "${env:A}",
    inside: "Bearer ${env:A}-${env:B}",
    deep: [{ list: [`\${file:${folder}/token}`, 7, null, true] }],
    plain: "$ {env:A} $env:A",
  };
  expect(resolveReferences(settings, { A: "a!", B: "b!" })).toEqual({
    value: {
      whole: "a!",
      inside: "Bearer a!-b!",
      deep: [{ list: ["from-file", 7, null, true] }],
      plain: "$ {env:A} $env:A",
    },
    secrets: ["a!", "a!", "b!", "from-file"],
    faults: [],
  });
});

test("what a secret holds is not taken for a reference again", () => {
  const { value, faults } = resolveReferences("${env:A}", { A: "${env:B} $& $1", B: "b" });
  expect({ value, faults }).toEqual({ value: "${env:B} $& $1", faults: [] });
});

test("every reference that cannot be read is a fault with the path of its setting", () => {
  writeFileSync(join(folder, "empty"), "\n");
  const settings = { a: { b: ["${env:A}", `\${file:${folder}/empty}`] }, c: "${env:EMPTY}", d: "${secret}" };
  expect(resolveReferences(settings, { EMPTY: "" }).faults).toEqual([
    "a.b.0: environment variable A is not set",
    `a.b.1: file ${folder}/empty cannot be read or is empty`,
    "c: environment variable EMPTY is not set",
    "d: ${secret} is no reference; write ${env:NAME} or ${file:path}",
  ]);
});

test("with a stand-in only what nobody could read is a fault", () => {
  expect(resolveReferences({ a: "${env:A}", b: "${env}" }, {}, "standing-in")).toEqual({
    value: { a: "standing-in", b: "standing-in" },
    secrets: [],
    faults: ["b: ${env} is no reference; write ${env:NAME} or ${file:path}"],
  });
});
