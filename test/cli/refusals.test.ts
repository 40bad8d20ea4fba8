import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { whyNotCompacted } from "../../src/app/replay-target.ts";
import { goneText } from "../../src/cli/gone-text.ts";
import { noSuchSource } from "../../src/cli/no-such-source.ts";
import { commandsIn } from "../support/commands-in.ts";
import { parsedCommand } from "../support/parsed-command.ts";
import { repositoryFiles } from "../repository-files.ts";

const sources = [{ name: "acme-hr" }];

test.each<[string, ...string[]]>([
  [whyNotCompacted("accounts", "acme-hr"), "snapshot acme-hr"],
  [whyNotCompacted("accounts", null), "snapshot", "source list"],
  [goneText({ kind: "gone", shard: 2, earliest: null }, { source: "acme-hr" }, 0), "snapshot acme-hr"],
  [goneText({ kind: "gone", shard: 2, earliest: null }, {}, 0), "snapshot", "source list"],
  [noSuchSource("acme-rh", sources).message, "source list"],
  [noSuchSource("nobody", sources).message, "source list"],
  [noSuchSource("nobody", []).message, "apply"],
])("%s: it names what can be typed next", (text, ...commands) => {
  expect(commandsIn(text)).toEqual(commands);
  expect(() => parsedCommand(commands.at(-1) ?? "")).not.toThrow();
});

test("what is to be typed names things as they are called", () => {
  // On any line but a comment.
  const placeholder = /^(?! *(?:\/\*\*|\*|\/\/)).*\btidemark [a-z][^"`\n]*<\w+>/m;
  // Where the rows of the table of errors are shown, the name is put in.
  const told = repositoryFiles.filter(
    (file) => file.startsWith("src/") && file !== "src/core/error-table.ts",
  );
  expect(told.filter((file) => placeholder.test(readFileSync(file, "utf8")))).toEqual([]);
  expect("Bring it: tidemark snapshot <source>").toMatch(placeholder);
});
