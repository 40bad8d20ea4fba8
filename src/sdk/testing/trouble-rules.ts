import { RetryableError, SourceHaltedError } from "../../core/errors.ts";
import { inspect } from "node:util";
import { type ContractRule, whyWithout } from "./contract-rule.ts";
import type { ContractItem } from "./contract-subject.ts";
import type { Fault } from "./fault-proxy.ts";
import { expectAll, readWell } from "./trial.ts";
import { expectThat, told } from "./unmet.ts";

const passing: readonly [what: string, fault: Fault][] = [
  ["errors of the server", { kind: "unavailable", times: 2 }],
  ["connections that are cut", { kind: "reset", times: 2 }],
  ["an answer that is cut short", { kind: "cut-body", times: 1 }],
  ["a throttle", { kind: "throttled", retryAfterSeconds: 2, times: 1 }],
];

const lasting: readonly [what: string, fault: Fault][] = [
  ["errors of the server", { kind: "unavailable" }],
  ["connections that are cut", { kind: "reset" }],
  ["answers that are cut short", { kind: "cut-body" }],
  ["a throttle", { kind: "throttled", retryAfterSeconds: 2 }],
];

/** What a connector does when something goes wrong: what may pass is tried again, the rest halts the source. */
export const troubleRules: readonly ContractRule[] = [
  ...passing.map(([what, fault]): ContractRule => ({
    name: `${what} in the middle of a pass: no trace is left`,
    async run(trial) {
      trial.proxy.strike({ ...fault, after: 1 });
      const { pages } = await readWell(trial, null);
      expectThat(trial.proxy.struck() > 0, "a second request", "there was only one");
      expectAll(await trial.learn(new Map(), pages), await trial.upstream.ids());
    },
  })),
  ...lasting.map(([what, fault]): ContractRule => ({
    name: `${what} that last: the pass is tried again, and goes on from its last page`,
    async run(trial) {
      trial.proxy.strike({ ...fault, after: 2 });
      const { pages, error, next } = await trial.read(null);
      expectThat(error instanceof RetryableError, "a RetryableError", told(error));
      trial.proxy.heal();
      const rest = await readWell(trial, next);
      expectAll(await trial.learn(new Map(), [...pages, ...rest.pages]), await trial.upstream.ids());
    },
  })),
  {
    name: "a throttle is waited for as long as it asks",
    async run(trial) {
      const { slept } = trial.context.clock;
      trial.proxy.strike({ kind: "throttled", retryAfterSeconds: 7, times: 1 });
      await readWell(trial, null);
      const sleptMs = slept.reduce((sum, ms) => sum + ms, 0);
      expectThat(sleptMs >= 7_000, "a wait of 7 s", `it waited ${sleptMs} ms in all`);
    },
  },
  {
    name: "a long throttle is left to the scheduler, with its length",
    async run(trial) {
      trial.proxy.strike({ kind: "throttled", retryAfterSeconds: 300 });
      const { error } = await trial.read(null);
      expectThat(
        error instanceof RetryableError && (error.retryAfterMs ?? 0) >= 300_000,
        "a RetryableError with 300,000 ms",
        told(error),
      );
      expectThat(trial.proxy.struck() === 1, "no request before that", `there were ${trial.proxy.struck()}`);
    },
  },
  {
    name: "refused credentials halt the source after one fresh token at most",
    async run(trial) {
      trial.proxy.strike({ kind: "unauthorized" });
      const { error } = await trial.read(null);
      expectHalt(error, "TIDEMARK_UPSTREAM_UNAUTHORIZED");
      expectThat(trial.proxy.struck() <= 2, "two refusals at most", `there were ${trial.proxy.struck()}`);
    },
  },
  {
    name: "a token that is refused once is replaced by a fresh one",
    whyNot: whyWithout("isTokenRequest"),
    async run(trial) {
      trial.proxy.strike({ kind: "unauthorized", after: 1, times: 1 });
      const { pages } = await readWell(trial, null);
      expectAll(await trial.learn(new Map(), pages), await trial.upstream.ids());
    },
  },
  {
    name: "a refused right halts the source",
    async run(trial) {
      trial.proxy.strike({ kind: "forbidden" });
      expectHalt((await trial.read(null)).error, "TIDEMARK_UPSTREAM_FORBIDDEN");
    },
  },
  ...(["garbage", "empty-body"] as const).map((kind): ContractRule => ({
    name: `${kind === "garbage" ? "an answer of another shape" : "an answer without a body"} is no answer, and moves no cursor`,
    async run(trial) {
      const first = await readWell(trial, null);
      const changes = await trial.upstream.mutate({ update: 2 });
      trial.proxy.strike({ kind });
      const { pages, error, next } = await trial.read(first.next);
      expectHalt(error, "TIDEMARK_UPSTREAM_UNEXPECTED");
      trial.proxy.heal();
      const before = await trial.learn(new Map(), first.pages);
      const rest = await readWell(trial, next);
      const known = await trial.learn(new Map(before), [...pages, ...rest.pages]);
      const lost = changes.filter(({ id }) => !trial.differ(before.get(id), known.get(id)));
      expectThat(lost.length === 0, "what changed to be read afterwards", `${lost.length} changes were not`);
    },
  })),
  brokenItem("an account without an id is set aside, the others are read", (item) => ({
    ...item,
    id: undefined,
  })),
  brokenItem("an account whose id no database takes is set aside, the others are read", (item) => ({
    ...item,
    id: `${item.id ?? ""}\u0000`,
  })),
  {
    name: "secrets show in no error, no log, no cursor and no document",
    async run(trial, { secrets }) {
      const shown: unknown[] = [];
      const kinds = ["unauthorized", "forbidden", "garbage", "unavailable", "reset"] as const;
      for (const kind of kinds) {
        trial.proxy.strike({ kind });
        for (const pass of [trial.read, trial.sweep]) {
          const ended = await pass(null);
          shown.push(ended.error, ended.pages);
        }
      }
      trial.proxy.heal();
      shown.push(await readWell(trial, null), trial.context.log.lines);
      const text = inspect(shown, { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity });
      const leaked = [...secrets, ...trial.proxy.credentials].filter((secret) => text.includes(secret));
      const where = leaked.map((secret) => aroundOf(secret, text));
      expectThat(leaked.length === 0, "no secret to show", `it does: ${where.join(" | ")}`);
    },
  },
];

function brokenItem(name: string, breakItem: (item: ContractItem) => ContractItem): ContractRule {
  return {
    name,
    whyNot: whyWithout("editItems"),
    async run(trial, { upstream }) {
      const ids = await trial.upstream.ids();
      const [victim = ""] = ids;
      trial.proxy.strike({
        kind: "edited",
        edit: (answer) =>
          upstream.editItems?.(answer, (item) => (item.id === victim ? breakItem(item) : item)) ?? answer,
      });
      const { pages, error } = await trial.read(null);
      if (error instanceof SourceHaltedError) return;
      const rejected = pages.flatMap((page) => page.rejected);
      expectThat(rejected.length > 0, "what has no usable id to be rejected", `it was not (${told(error)})`);
      expectThat(
        rejected.every(({ reason }) => reason !== ""),
        "a reason for each",
        "there is none",
      );
      // Whether the broken one is found by another way does not matter.
      const known = await trial.learn(new Map(), pages);
      known.delete(victim);
      expectAll(
        known,
        ids.filter((id) => id !== victim),
      );
    },
  };
}

function expectHalt(error: unknown, code: SourceHaltedError["code"]): void {
  expectThat(
    error instanceof SourceHaltedError && error.code === code,
    `a SourceHaltedError ${code}`,
    told(error),
  );
}

function aroundOf(secret: string, text: string): string {
  const at = text.indexOf(secret);
  return text.slice(Math.max(0, at - 60), at + secret.length).replaceAll(secret, "<secret>");
}
