import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { documented } from "../support/documented.ts";
import { program } from "../support/program-process.ts";

const run = promisify(execFile);

async function tidemark(...args: string[]): Promise<string> {
  return (await run(process.execPath, [program, ...args])).stdout;
}

describe("tidemark schema", () => {
  test.each([
    ["json-schema", "docs/event.schema.json"],
    ["asyncapi", "docs/asyncapi.yaml"],
  ])("prints what is checked in, without a configuration or a server: %s", async (format, file) => {
    const checkedIn = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
    expect(load(await tidemark("schema", "--format", format))).toEqual(load(checkedIn));
  });

  test.each(["schema", "schema --format asyncapi"])(
    "prints what docs/consuming.md shows: %s",
    async (words) => {
      const printed = await tidemark(...words.split(" "));
      const head = printed.split("\n").slice(0, 4).join("\n");
      const page = documented("docs/consuming.md", `${words} | head -4`, head);
      expect(page.printed).toBe(page.shown);
    },
  );

  test("refuses another format with exit code 2", async () => {
    await expect(tidemark("schema", "--format", "avro")).rejects.toMatchObject({
      code: 2,
      stderr:
        "tidemark: --format must be json-schema or asyncapi, not avro\n  (tidemark schema --help shows an example)\n",
    });
  });
});
