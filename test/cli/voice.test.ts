import { afterEach, expect, test, vi } from "vitest";
import { voice } from "../../src/cli/voice.ts";

afterEach(() => void vi.useRealTimers());

function listen() {
  vi.useFakeTimers();
  let heard = "";
  const spoken = voice({ write: (text) => (heard += text) });
  return { ...spoken, heard: () => heard };
}

test("what takes long shows a dot for every second of silence, and the next line begins at the margin", async () => {
  const { say, during, heard } = listen();
  say("starting");
  const work = Promise.withResolvers<string>();
  const result = during(work.promise);
  await vi.advanceTimersByTimeAsync(900);
  say("halfway");
  await vi.advanceTimersByTimeAsync(2_500);
  expect(heard()).toBe("starting\nhalfway\n..");
  work.resolve("done");
  expect(await result).toBe("done");
  say("ready");
  await vi.advanceTimersByTimeAsync(5_000);
  expect(heard()).toBe("starting\nhalfway\n..\nready\n");
});

test("what fails stops the dots too", async () => {
  const { during, heard } = listen();
  await expect(during(Promise.reject(new Error("no")))).rejects.toThrow("no");
  await vi.advanceTimersByTimeAsync(5_000);
  expect(heard()).toBe("");
});
