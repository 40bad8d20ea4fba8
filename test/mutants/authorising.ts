import type { Mutant } from "./mutant.ts";

/** Faults in what becomes of OAuth grants. */
export const authorising: readonly Mutant[] = [
  {
    name: "grant used before it is stored",
    breaks: "a rotated refresh token is stored before the access token that came with it is used",
    file: "src/connectors/stored-grants.ts",
    edits: [["return await save(key, change);", "return void save(key, change).catch(() => undefined);"]],
    killer: { tests: ["test/connectors/oauth-refresh.test.ts"] },
  },
  {
    name: "grant forgotten when the database is away",
    breaks:
      "a rotated refresh token that could not be stored yet is kept, and stored before another one is used up",
    file: "src/connectors/stored-grants.ts",
    edits: [["unsaved.set(labelOf(key), change);", ""]],
    killer: { tests: ["test/connectors/stored-grants.test.ts"] },
  },
  {
    name: "first refusal believed",
    breaks: "a refused refresh token halts only when no newer one is stored",
    file: "src/connectors/oauth-refresh.ts",
    edits: [["hidden(await grants.newerThan(key, kept))", "null"]],
    killer: { tests: ["test/connectors/oauth-refresh.test.ts"] },
  },
  {
    name: "refresh given up with its pass",
    breaks: "the answer to a refresh is awaited although the pass is aborted",
    file: "src/connectors/http-client.ts",
    edits: [["signal: neverAborted", "signal"]],
    killer: { tests: ["test/connectors/bamboohr-oauth.test.ts"] },
  },
  {
    name: "refresh on a lease that ends",
    breaks: "a refresh begins only while the lease outlives it",
    file: "src/connectors/http-client.ts",
    edits: [["while (leaseLeftMs() < ms)", "while (leaseLeftMs() < 0)"]],
    killer: { tests: ["test/connectors/http-client.test.ts"] },
  },
];
