import { describe, expect, it } from "vitest";
import { readOrder } from "./read-order.ts";

describe("the command line of npm run test:faults", () => {
  it("plays what continuous integration plays when nothing else is said", () => {
    expect(readOrder([])).toEqual({ only: [], order: { size: "ci" } });
  });

  it("takes a size, rounds, scenarios and a seed", () => {
    const words = [
      "--size",
      "night",
      "--rounds",
      "5",
      "--only",
      "Kafka is killed",
      "--only",
      "Postgres",
      "--seed=17",
    ];
    expect(readOrder(words)).toEqual({
      only: ["Kafka is killed", "Postgres"],
      order: { size: "night", rounds: 5, seed: 17 },
    });
  });

  it.each([
    [["--sise", "night"], /--sise/],
    [["--size", "huge"], /ci, night or release, not huge/],
    [["--rounds", "many"], /--rounds is a whole number, not many/],
    [["--seed", "-1"], /--seed/],
    [["night"], /night/],
  ])("refuses %j", (words, sentence) => {
    expect(() => readOrder(words)).toThrow(sentence);
  });
});
