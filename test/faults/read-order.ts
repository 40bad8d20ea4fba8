import { parseArgs } from "node:util";

/** How much is played: `ci` in every run of the tests, the others on demand; as multiples of the former. */
export const sizes = { ci: 1, night: 12, release: 50 } as const;
export type Size = keyof typeof sizes;

/** What `npm run test:faults` asks for; absent in a plain run of the tests. */
export interface FaultOrder {
  size: Size;
  /** Of every scenario, instead of what its size says. */
  rounds?: number;
  /** Of every scenario's first round; the next round has the next seed. */
  seed?: number;
}

export const usage = `usage: npm run test:faults -- [--size ci|night|release] [--rounds N] [--only <scenario>]… [--seed S]
  --size    how many rounds of each scenario, and how long some of them last; ci when left out
  --rounds  exactly so many rounds of each instead
  --only    the scenarios whose name contains this; can be repeated
  --seed    of each scenario's first round, to play it again`;

/** What the words of the command line ask for. @throws Error that says what is wrong with them. */
export function readOrder(words: readonly string[]): { order: FaultOrder; only: readonly string[] } {
  const { size, rounds, seed, only } = parseArgs({
    args: [...words],
    options: {
      size: { type: "string", default: "ci" },
      rounds: { type: "string" },
      only: { type: "string", multiple: true, default: [] },
      seed: { type: "string" },
    },
  }).values;
  if (!isSize(size)) throw new Error(`--size is ci, night or release, not ${size}`);
  return {
    only,
    order: {
      size,
      ...(rounds === undefined ? {} : { rounds: wholeNumber("--rounds", rounds) }),
      ...(seed === undefined ? {} : { seed: wholeNumber("--seed", seed) }),
    },
  };
}

function isSize(text: string): text is Size {
  return Object.keys(sizes).includes(text);
}

function wholeNumber(flag: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`${flag} is a whole number, not ${text}`);
  return Number(text);
}
