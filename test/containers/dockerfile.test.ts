import { readFileSync } from "node:fs";
import { type Copy, DockerfileParser, type JSONInstruction } from "dockerfile-ast";
import { describe, expect, test } from "vitest";
import { isInRepository } from "../repository-files.ts";

const dockerfile = DockerfileParser.parse(readFileSync("Dockerfile", "utf8"));
const { engines } = JSON.parse(readFileSync("package.json", "utf8")) as { engines: { node: string } };

/** The words of the only instruction of its kind in exec form. */
function words(instructions: readonly JSONInstruction[]): string[] {
  expect(instructions).toHaveLength(1);
  const strings = instructions[0]?.getJSONStrings() ?? [];
  return strings.map((string) => string.getJSONValue());
}

/** Sources and target of a COPY. */
function copied(copy: Copy): { sources: string[]; target: string | undefined } {
  const paths = copy.getArguments().map((argument) => argument.getValue());
  return { sources: paths.slice(0, -1), target: paths.at(-1) };
}

const fromCheckout = dockerfile
  .getCOPYs()
  .filter((copy) => copy.getFromFlag() === null)
  .map(copied);

describe("the Dockerfile", () => {
  test("runs on the Node that the package asks for", () => {
    const images = dockerfile.getFROMs().map((from) => from.getImage());
    expect(images).toHaveLength(2);
    for (const image of images) expect(image).toBe(`node:${engines.node.replace(">=", "")}-slim`);
  });

  test("copies only what is in git, and what .dockerignore lets through", () => {
    const sources = fromCheckout.flatMap(({ sources }) => sources);
    expect(sources).not.toHaveLength(0);
    expect(sources.filter((source) => !isInRepository(source))).toEqual([]);
    const [first, ...exceptions] = readFileSync(".dockerignore", "utf8")
      .split("\n")
      .filter((line) => /^[^#]/.test(line));
    expect(first).toBe("*");
    expect(exceptions.map((line) => line.replace("!", "")).sort()).toEqual([...sources].sort());
  });

  test("copies folders to the same place, so that imports and migrations are found", () => {
    const folders = fromCheckout.filter(({ target }) => target !== "./");
    expect(folders).not.toHaveLength(0);
    for (const { sources, target } of folders) expect(sources).toEqual([target]);
  });

  test("starts a program that exists, in the form that lets signals through", () => {
    const [program, memory, script, ...rest] = [
      ...words(dockerfile.getENTRYPOINTs()),
      ...words(dockerfile.getCMDs()),
    ];
    expect(rest).toEqual(["run"]);
    const path = script?.replace(/^\/app\//, "") ?? "";
    expect(isInRepository(path)).toBe(true);
    const [shebang] = readFileSync(path, "utf8").split("\n");
    expect(shebang).toBe(`#!/usr/bin/env -S ${program} ${memory}`);
  });

  test("does not run as root", () => {
    const users = dockerfile.getInstructions().filter((instruction) => instruction.getKeyword() === "USER");
    expect(users.at(-1)?.getArgumentsContent()).toBe("node");
    const keywords = dockerfile.getInstructions().map((instruction) => instruction.getKeyword());
    expect(keywords.slice(keywords.lastIndexOf("USER"))).not.toContain("RUN");
  });

  test("asks the worker for its health with a program that is in the image", () => {
    const [check] = dockerfile.getHEALTHCHECKs();
    const [keyword, ...exec] = check?.getArguments().map((argument) => argument.getValue()) ?? [];
    expect(keyword).toBe("CMD");
    const [program, script = "", address] = JSON.parse(exec.join("")) as string[];
    expect(program).toBe("node");
    expect(isInRepository(script.replace(/^\/app\//, ""))).toBe(true);
    expect(address).toBe("http://127.0.0.1:9400/healthz");
  });

  test("installs without development packages and without running their scripts", () => {
    const runs = dockerfile.getInstructions().filter((instruction) => instruction.getKeyword() === "RUN");
    expect(runs.map((run) => run.getArgumentsContent())).toContain("npm ci --omit=dev --ignore-scripts");
  });
});
