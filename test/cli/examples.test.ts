import { existsSync, readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { configSchema } from "../../src/config-schema.ts";
import { errorTable } from "../../src/core/error-table.ts";
import { commandsIn } from "../support/commands-in.ts";
import { allCommands, exampleOf, parsedCommand } from "../support/parsed-command.ts";

const root = new URL("../../", import.meta.url);

describe("the help", () => {
  test.each(allCommands().map(({ command, words }) => [words.join(" "), command] as const))(
    "of `tidemark %s` has an example that works, and fits 80 columns",
    (words, command) => {
      const example = exampleOf(command);
      expect(example).not.toBeNull();
      expect(`${parsedCommand(example ?? "")} `.startsWith(words === "" ? "" : `${words} `)).toBe(true);
      expect(
        command
          .helpInformation()
          .split("\n")
          .filter((line) => line.length > 80),
      ).toEqual([]);
    },
  );

  test("an example with a mistake would be found", () => {
    expect(parsedCommand('hold approve 3 --note "asked HR"')).toBe("hold approve");
    for (const wrong of ["hold approv 3", "status --wach", "source poll", "hold"])
      expect(() => parsedCommand(wrong), wrong).toThrow(/unknown|missing|no command|outputHelp/);
  });
});

/** Settings by the names that cannot be taken for a word: `kafka.brokers`, `rejectLimit`. */
function settingNames(schema: Schema, path: readonly string[] = []): string[] {
  const inner = [schema, ...(schema.anyOf ?? [])].flatMap(({ properties, additionalProperties }) => [
    ...Object.entries(properties ?? {}),
    ...(typeof additionalProperties === "object" ? [["<name>", additionalProperties] as const] : []),
  ]);
  return inner.flatMap(([name, member]) => [
    ...(path.length > 0 ? [[...path, name].join(".")] : []),
    ...(/[A-Z]/.test(name) ? [name] : []),
    ...settingNames(member, [...path, name]),
  ]);
}

interface Schema {
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
}

describe("what to do about an error", () => {
  const settings = settingNames(
    z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" }) as Schema,
  );

  test.each(Object.entries(errorTable))("%s names a command, a setting or a page", (_code, { whatToDo }) => {
    const commands = commandsIn(whatToDo);
    for (const command of commands.filter((words) => words !== "--help"))
      expect(() => parsedCommand(command), command).not.toThrow();
    const pages = [...whatToDo.matchAll(/docs\/[\w-]+\.md/g)].map(([page]) => page);
    for (const page of pages) expect(existsSync(new URL(page, root)), page).toBe(true);
    const named = settings.filter((name) => whatToDo.includes(name));
    expect(commands.length + pages.length + named.length, whatToDo).toBeGreaterThan(0);
  });
});

describe("command lines in the documents", () => {
  const pages = ["README.md", ...readdirSync(new URL("docs/", root)).map((name) => `docs/${name}`)].filter(
    (name) => name.endsWith(".md"),
  );
  const lines = pages.flatMap((page) =>
    [...readFileSync(new URL(page, root), "utf8").matchAll(/^ *\$ (?:npx )?tidemark (.*)$/gm)].map(
      ([, line = ""]) => [page, line] as const,
    ),
  );

  test.each(lines)("%s: tidemark %s", (_page, line) => {
    expect(() => parsedCommand(line)).not.toThrow();
  });
});
