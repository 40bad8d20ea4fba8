import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { mutated } from "./mutant.ts";
import { mutants } from "./mutants.ts";

describe("the mutants", () => {
  it.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
    "%s still fits the sources",
    (_, mutant) => {
      const text = readFileSync(mutant.file, "utf8");
      expect(mutated(text, mutant)).not.toBe(text);
      const tests = "tests" in mutant.killer ? mutant.killer.tests : [];
      expect(tests.filter((file) => !existsSync(file))).toEqual([]);
    },
  );

  it("have names of their own", () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });

  it("are refused when what they replace is gone, or is not the only one", () => {
    const mutant = {
      name: "m",
      breaks: "",
      file: "f.ts",
      edits: [["a + 1", "a"]],
      killer: { seeds: 1 },
    } as const;
    expect(mutated("return a + 1;", mutant)).toBe("return a;");
    expect(() => mutated("return a;", mutant)).toThrow('mutant "m": f.ts has 0 times, not once: a + 1');
    expect(() => mutated("a + 1, a + 1", mutant)).toThrow("has 2 times");
  });
});
