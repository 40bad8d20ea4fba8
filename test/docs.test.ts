import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { progressText } from "../src/cli/replay-text.ts";
import { asyncApiFile, errorsPage, eventSchemaFile, settingsPage } from "../docs/generate.ts";
import { allCommands } from "./support/parsed-command.ts";

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

const pages = [
  "README.md",
  "DESIGN.md",
  "CHANGELOG.md",
  "examples/README.md",
  ...readdirSync(new URL("../docs/", import.meta.url))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

describe("the documents", () => {
  it.each([
    ["docs/settings.md", settingsPage],
    ["docs/errors.md", errorsPage],
    ["docs/event.schema.json", eventSchemaFile],
    ["docs/asyncapi.yaml", asyncApiFile],
  ])("%s is what `npm run docs` prints", async (path, page) => {
    expect(read(path)).toBe(await page());
  });

  it.each(pages)("%s names only files that exist", (path) => {
    const links = [...read(path).matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(
      (match) => match[1] ?? "",
    );
    const folder = new URL(`../${path}`, import.meta.url);
    for (const link of links) expect(() => readFileSync(new URL(link, folder)), link).not.toThrow(/ENOENT/);
  });

  it("docs/commands.md names every command", () => {
    const named = [...read("docs/commands.md").matchAll(/^\| (`[^|]*)\|/gm)].flatMap(([, cell = ""]) => {
      const [first = "", ...others] = [...cell.matchAll(/`([a-z ]+)`/g)].map((match) => match[1] ?? "");
      return [first, ...others.map((verb) => first.replace(/[a-z]+$/, verb))];
    });
    const commands = allCommands().filter(({ command }) => command.commands.length === 0);
    expect(named.sort()).toEqual(commands.map(({ words }) => words.join(" ")).sort());
  });

  it("a progress bar on a page is as wide as what is printed", () => {
    const [printed = ""] = progressText({ kind: "journal", done: 0, expected: 1 }, null).split(" ");
    const bars = pages.flatMap((page) =>
      [...read(page).matchAll(/\[[#-]{3,}\]/g)].map(([bar]) => bar.length),
    );
    expect([...new Set(bars)]).toEqual([printed.length]);
  });

  it("every promise of DESIGN.md names a test that exists", () => {
    const promises = [...read("DESIGN.md").matchAll(/^\| \*\*(P\d+)\*\*.*\|(.+)\|$/gm)];
    expect(promises.map((promise) => promise[1])).toEqual(
      Array.from({ length: 12 }, (_, index) => `P${index + 1}`),
    );
    for (const [, name = "", tests = ""] of promises) {
      const files = [...tests.matchAll(/`([\w./-]+\.ts)`/g)].map((match) => match[1] ?? "");
      expect(files.length, name).toBeGreaterThan(0);
      for (const file of files) expect(() => read(`test/${file}`), `${name}: ${file}`).not.toThrow();
    }
  });
});
