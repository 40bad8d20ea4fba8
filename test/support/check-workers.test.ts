import { describe, expect, it } from "vitest";
import { type WorkerTrace, checkWorkers } from "./check-workers.ts";

const acquired = (shard: number, term: string) =>
  `${JSON.stringify({ level: 30, shard, term, msg: "shard.acquired" })}\n`;
const first: WorkerTrace = { name: "worker 0", log: acquired(1, "5"), death: null, peakMb: 120 };
const second: WorkerTrace = { name: "worker 1", log: acquired(1, "6"), death: null, peakMb: null };

describe("checkWorkers", () => {
  it("finds nothing wrong where nothing is, a last line that a kill cut short included", () => {
    const cut: WorkerTrace = { ...second, log: second.log + acquired(1, "6").slice(0, 40) };
    expect(checkWorkers([first, cut])).toEqual([]);
  });

  it.each([
    [
      "one term for two owners",
      { log: acquired(1, "5") },
      /^I7 single writer: worker 0 and worker 1 were both given shard 1 under term 5$/,
    ],
    ["a worker that grew", { peakMb: 301 }, /^I8 bounded: worker 1 took 301 MB/],
    [
      "a worker that gave up",
      { death: "exit code 1", log: "some words\n" },
      /^I9 fail closed: worker 1 ended by itself \(exit code 1\).*\nsome words$/,
    ],
  ])("finds %s", (_, difference, sentence) => {
    expect(checkWorkers([first, { ...second, ...difference }])).toEqual([expect.stringMatching(sentence)]);
  });
});
