import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { asyncApiFile, errorsPage, eventSchemaFile, settingsPage } from "../docs/generate.ts";

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

describe("the documents", () => {
  it.each([
    ["docs/settings.md", settingsPage],
    ["docs/errors.md", errorsPage],
    ["docs/event.schema.json", eventSchemaFile],
    ["docs/asyncapi.yaml", asyncApiFile],
  ])("%s is what `npm run docs` prints", async (path, page) => {
    expect(read(path)).toBe(await page());
  });

  it.each([
    "README.md",
    "DESIGN.md",
    "CHANGELOG.md",
    "docs/recovery.md",
    "docs/doctor.md",
    "docs/retention.md",
    "docs/control.md",
    "docs/deletes.md",
    "docs/holds.md",
    "docs/cursors.md",
    "docs/sailpoint.md",
    "docs/bamboohr.md",
    "docs/tokens.md",
    "docs/lumos.md",
    "docs/kombo.md",
    "docs/century.md",
    "docs/write-a-connector.md",
    "docs/rest.md",
    "docs/consuming.md",
    "docs/replay.md",
    "docs/snapshots.md",
    "docs/backfill.md",
    "docs/freshness.md",
  ])("%s names only files that exist", (path) => {
    const links = [...read(path).matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(
      (match) => match[1] ?? "",
    );
    const folder = new URL(`../${path}`, import.meta.url);
    for (const link of links) expect(() => readFileSync(new URL(link, folder)), link).not.toThrow(/ENOENT/);
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
