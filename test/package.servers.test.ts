import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { version } from "../src/version.ts";
import { cliInstallation } from "./support/cli-installation.ts";
import { userProject } from "./support/user-project.ts";

/** As in docs/write-a-connector.md: the files of the guide, in a project of their author. */
const project = userProject("test/sdk/example");
const installed = join(project.folder, "node_modules/tidemark");
const { tidemark, start, overview } = await cliInstallation({ typed: join(installed, "src/bin.js") });
afterAll(() => project.remove());

test("the package brings what was compiled, and no source", () => {
  expect(readdirSync(installed).sort()).toEqual([
    "LICENSE",
    "README.md",
    "dist",
    "docs",
    "migrations",
    "package.json",
    "src",
  ]);
  expect(readdirSync(join(installed, "src"))).toEqual(["bin.js"]);
});

test("npx finds the program, which knows its version and its events", () => {
  expect(project.run("npx", "tidemark", "--version")).toBe(`${version}\n`);
  const schema = readFileSync("docs/event.schema.json", "utf8");
  expect(JSON.parse(project.run("npx", "tidemark", "schema"))).toEqual(JSON.parse(schema));
});

test("the program brings a database to its version, and publishes what an upstream has", async () => {
  const migrations = readdirSync("migrations").length;
  expect((await tidemark("migrate")).text).toContain(`\n${migrations} migrations applied`);
  start("run", "--no-http");
  const published = async () =>
    (await overview()).shards.reduce((sum, { publishedSeq }) => sum + Number(publishedSeq), 0);
  await expect.poll(published, { timeout: 30_000 }).toBe(20);
});

test("the sandbox says where its servers are", async () => {
  expect(await tidemark("sandbox")).toEqual({
    code: 1,
    text:
      "tidemark: Only a checkout of Tidemark brings servers along: run `npm ci && npm start` in one, " +
      "or name running ones in TIDEMARK_POSTGRES_URL and TIDEMARK_KAFKA_BROKERS.",
  });
});

test("a connector is written against tidemark/sdk, and tried with tidemark/sdk/testing and Node alone", () => {
  expect(() => project.checkTypes("people-with-poll.ts", "people-service.ts")).not.toThrow();
  writeFileSync(
    join(project.folder, "contract.js"),
    `import { test } from "node:test";
     import { connectorContract } from "tidemark/sdk/testing";
     import { peopleService } from "./people-service.ts";
     import { peopleWithPoll } from "./people-with-poll.ts";
     const contract = connectorContract({
       connector: peopleWithPoll,
       settings: (url) => ({ baseUrl: url, apiKey: "people-key" }),
       secrets: ["people-key"],
       upstream: peopleService,
     });
     for (const { name, skip, run } of contract) test(name, { skip: skip ?? false }, run);`,
  );
  const said = project.run("node", "--test-reporter=tap", "contract.js");
  expect(Number(/^# pass (\d+)$/m.exec(said)?.[1])).toBeGreaterThan(20);
});
