import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startBambooHr } from "../../../src/sandbox/upstreams/bamboohr/index.ts";
import { startSailPoint } from "../../../src/sandbox/upstreams/sailpoint/index.ts";

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), "truth-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "made", "truth.jsonl");
}

test.each([
  ["sailpoint", startSailPoint],
  ["bamboohr", startBambooHr],
])("a restarted %s resumes the same accounts, histories and clock", async (_kind, start) => {
  const file = place();
  const first = await start({ accounts: 20, file, clockOffsetMs: 1_000 });
  const changed = await first.control.mutate({ insert: 3, update: 30, delete: 5, apartMs: 10 });
  const clock = await first.control.advance(3_600_000);
  const before = await first.control.truth();
  const history = await first.control.history(changed[5]?.id ?? "");
  await first.close();

  const second = await start({ accounts: 20, file });
  onTestFinished(() => second.close());
  const after = await second.control.truth();
  expect({ ...after, at: "" }).toEqual({ ...before, at: "" });
  expect(await second.control.history(changed[5]?.id ?? "")).toEqual(history);
  expect(Date.parse(after.at)).toBeGreaterThanOrEqual(Date.parse(clock));
});

test("what changes after a restart is what would have changed without it", async () => {
  const [kept, restarted] = [place(), place()];
  const whole = await startSailPoint({ accounts: 10, file: kept });
  const begun = await startSailPoint({ accounts: 10, file: restarted });
  await whole.control.mutate({ insert: 2, update: 2 });
  await begun.control.mutate({ insert: 2, update: 2 });
  await begun.close();
  const resumed = await startSailPoint({ file: restarted });
  onTestFinished(() => Promise.all([whole.close(), resumed.close()]).then(() => undefined));
  const ids = async (upstream: typeof whole): Promise<string[]> =>
    (await upstream.control.mutate({ insert: 2, update: 5, delete: 2 })).map(({ id }) => id);
  expect(await ids(resumed)).toEqual(await ids(whole));
});

test("the clock never shows less than the newest change, even where its offset was lost", async () => {
  const file = place();
  const first = await startSailPoint({ accounts: 2, file });
  await first.control.advance(3_600_000);
  const [newest] = await first.control.mutate({ update: 1 });
  await first.close();
  const lines = readFileSync(file, "utf8").split("\n");
  writeFileSync(file, lines.filter((line) => !line.includes("clockOffsetMs")).join("\n"));
  const second = await startSailPoint({ file });
  onTestFinished(() => second.close());
  expect(Date.parse((await second.control.truth()).at)).toBeGreaterThanOrEqual(Date.parse(newest?.at ?? ""));
});

test("a last line that was cut off is dropped, and the next change follows the last whole one", async () => {
  const file = place();
  const first = await startSailPoint({ accounts: 5, file });
  await first.close();
  const whole = readFileSync(file, "utf8");
  appendFileSync(file, '{"id":"half","number":1,"op":"ins');

  const second = await startSailPoint({ file });
  expect((await second.control.truth()).population).toBe(5);
  await second.control.mutate({ insert: 1 });
  await second.close();
  expect(readFileSync(file, "utf8").startsWith(whole)).toBe(true);
  const third = await startSailPoint({ file });
  onTestFinished(() => third.close());
  expect((await third.control.truth()).population).toBe(6);
});

test("a file that is damaged in the middle is not taken for a truth", async () => {
  const file = place();
  const first = await startSailPoint({ accounts: 5, file });
  await first.close();
  writeFileSync(file, readFileSync(file, "utf8").replace('"op":"insert"', '"op":"ins'));
  await expect(startSailPoint({ file })).rejects.toThrow(SyntaxError);
});
