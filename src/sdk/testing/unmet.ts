import { inspect } from "node:util";
import { TidemarkError } from "../../core/errors.ts";

/** What a connector was expected to do, and what it did. */
export class Unmet extends Error {
  override name = "Unmet";

  constructor(expected: string, happened: string) {
    super(`expected ${expected}, but ${happened}`);
  }
}

/** @throws Unmet unless it is so */
export function expectThat(isSo: boolean, expected: string, happened: string): asserts isSo {
  if (!isSo) throw new Unmet(expected, happened);
}

/** Says how something ended, for a person. */
export function told(error: unknown): string {
  if (error === null) return "it ended without an error";
  if (!(error instanceof Error)) return `it threw ${inspect(error)}`;
  const code = error instanceof TidemarkError ? ` ${error.code}` : "";
  return `it threw ${error.name}${code} (${error.message})`;
}

/** Some ids, for a person. */
export function listed(ids: Iterable<string>): string {
  const all = [...ids];
  return all.length <= 5 ? all.join(", ") : `${all.slice(0, 5).join(", ")} and ${all.length - 5} more`;
}
