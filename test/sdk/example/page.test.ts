import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const page = readFileSync("docs/write-a-connector.md", "utf8");

test("the page shows the files that run here as they are", () => {
  const shown = [...page.matchAll(/<!-- (\S+) -->\n\n```ts\n(.*?)```/gs)].map(([, path = "", code = ""]) => ({
    path,
    code,
  }));
  expect(shown.map(({ path }) => path)).toEqual([
    "test/sdk/example/people.ts",
    "test/sdk/example/people-with-poll.ts",
    "test/sdk/example/people-service.ts",
    "test/sdk/example/people.test.ts",
  ]);
  for (const { path, code } of shown) expect(code, path).toBe(readFileSync(path, "utf8"));
});

test("the connector has 50 lines at most, imports and empty lines aside", () => {
  const lines = readFileSync("test/sdk/example/people.ts", "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("import "));
  expect(lines.length).toBeLessThanOrEqual(50);
});
