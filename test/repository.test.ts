import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { repositoryFiles } from "./repository-files.ts";

interface Package {
  engines: { node: string };
  scripts: Record<string, string>;
  devDependencies: Record<string, string>;
  license: string;
}

const { engines, scripts, devDependencies, license } = JSON.parse(
  readFileSync("package.json", "utf8"),
) as Package;

/** Lines of all files that match, with their places. */
function linesWith(pattern: RegExp): string[] {
  return repositoryFiles.flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
}

/** Whether a command of an npm script leads somewhere. */
function runs(command: string): boolean {
  const [program, first = "", second = ""] = command.split(" ");
  if (program === "npm") return first === "run" && second in scripts;
  if (program === "node") return repositoryFiles.includes(first);
  return existsSync(`node_modules/.bin/${program}`);
}

// Patterns are put together here, so that this file does not match them.
const hosts = [
  ["registry", "npmjs", "org"],
  ["registry", "yarnpkg", "com"],
  ["pypi", "org"],
  ["files", "pythonhosted", "org"],
  ["crates", "io"],
  ["proxy", "golang", "org"],
  ["repo1?", "maven", "(apache\\.)?org"],
  ["deb", "debian", "org"],
].map((labels) => labels.join("\\."));
const packageRegistry = new RegExp(`\\b(${hosts.join("|")})\\b`);
const machinePath = new RegExp(["", "(work|farm|root)", ""].join("/"));

describe("the repository", () => {
  test("installs from whatever registry a machine is set up for", () => {
    expect(readFileSync(".npmrc", "utf8")).toContain("omit-lockfile-registry-resolved=true");
    expect(readFileSync("package-lock.json", "utf8")).not.toContain('"resolved"');
  });

  test("names no package registry", () => {
    expect(packageRegistry.test(`https://${["registry", "npmjs", "org"].join(".")}/zod`)).toBe(true);
    expect(linesWith(packageRegistry)).toEqual([]);
  });

  test("names no folder of the machine that it was written on", () => {
    expect(machinePath.test(["", "work", "main"].join("/"))).toBe(true);
    expect(linesWith(machinePath)).toEqual([]);
  });

  test.each(Object.entries(scripts))("npm script %s runs something that is there", (_name, script) => {
    for (const command of script.split(" && "))
      expect(runs(command.replace(/^exec /, "")), command).toBe(true);
  });

  test("brings along the Node that it asks for", () => {
    const wanted = /^>=(?<major>\d+)$/.exec(engines.node)?.groups?.["major"];
    expect(devDependencies["node"]?.split(".")[0]).toBe(wanted);
    expect(process.versions.node).toBe(devDependencies["node"]);
  });

  test("is under the Apache License 2.0, unabridged", () => {
    expect(license).toBe("Apache-2.0");
    const sha256 = createHash("sha256").update(readFileSync("LICENSE")).digest("hex");
    expect(sha256).toBe("c71d239df91726fc519c6eb72d318ec65820627232b2f796219e87dcf35d0ab4");
  });
});
