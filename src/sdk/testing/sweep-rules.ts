import { type ContractRule, whyWithout } from "./contract-rule.ts";
import type { Fault } from "./fault-proxy.ts";
import { type ReadPage, type ReadPass, type Trial, observedIn } from "./trial.ts";
import { expectThat, listed, told } from "./unmet.ts";

const troubles: readonly [what: string, fault: Fault][] = [
  ["connections that are cut", { kind: "reset" }],
  ["errors of the server", { kind: "unavailable" }],
  ["refused credentials", { kind: "unauthorized" }],
  ["a refused right", { kind: "forbidden" }],
  ["answers that are cut short", { kind: "cut-body" }],
  ["empty bodies", { kind: "empty-body" }],
  ["garbage", { kind: "garbage" }],
  ["the same page again and again", { kind: "repeated" }],
  ["a page that came twice", { kind: "repeated", times: 1 }],
];

/** What a sweep promises: `complete()` only when every account was seen, for who was not seen is deleted. */
export const sweepRules: readonly ContractRule[] = [
  {
    name: "a sweep that meets no trouble sees every account and is complete",
    async run(trial) {
      const { pages, error, isComplete } = await trial.sweep(null);
      expectThat(error === null, "the sweep to end without an error", told(error));
      expectThat(isComplete, "the sweep to return complete()", "it did not");
      const unseen = unseenOf(await trial.upstream.ids(), pages);
      expectThat(unseen.length === 0, "every account to be seen", `${listed(unseen)} was not`);
    },
  },
  {
    name: "a sweep that goes on from any page, in another process, is complete",
    async run(trial) {
      const { pages } = await trial.sweep(null);
      const ids = await trial.upstream.ids();
      for (const [index, { place }] of pages.entries()) {
        await trial.inAnotherProcess(async (next) => {
          const rest = await next.sweep(place);
          expectThat(rest.isComplete, `complete() behind page ${index + 1}`, told(rest.error));
          const unseen = unseenOf(ids, [...pages.slice(0, index + 1), ...rest.pages]);
          expectThat(unseen.length === 0, "every account to be seen", `${listed(unseen)} was not`);
        });
      }
    },
  },
  ...troubles.map(([what, fault]): ContractRule => {
    return { name: `a sweep proves nothing by ${what}`, run: (trial) => proveNothing(trial, fault) };
  }),
  {
    name: "a sweep proves nothing by an answer that is empty by mistake",
    whyNot: whyWithout("withoutItems"),
    run: (trial, { upstream: { withoutItems: edit = (answer) => answer } }) =>
      proveNothing(trial, { kind: "edited", edit, times: 1 }),
  },
  {
    name: "a sweep proves nothing while an account has no id",
    whyNot: whyWithout("editItems"),
    async run(trial, { upstream }) {
      const [victim = ""] = await trial.upstream.ids();
      trial.proxy.strike({
        kind: "edited",
        edit: (answer) =>
          upstream.editItems?.(answer, (item) => (item.id === victim ? { ...item, id: undefined } : item)) ??
          answer,
      });
      expectNoFalseProof(await trial.sweep(null), await trial.upstream.ids());
    },
  },
  {
    name: "accounts that come and go during a sweep hide nobody who stays",
    async run(trial) {
      const before = await trial.upstream.ids();
      const { pages, error, isComplete } = await trial.sweep(null, {
        beforeNext: async () => void (await trial.upstream.mutate({ insert: 1, update: 2, delete: 1 })),
      });
      const after = new Set(await trial.upstream.ids());
      const unseen = unseenOf(
        before.filter((id) => after.has(id)),
        pages,
      );
      expectThat(
        !isComplete || unseen.length === 0,
        "no complete() unless all who stayed were seen",
        `${listed(unseen)} was not (${told(error)})`,
      );
    },
  },
  {
    name: "a sweep that was interrupted by trouble goes on when it is over",
    async run(trial) {
      trial.proxy.strike({ kind: "unavailable", after: 2 });
      const first = await trial.sweep(null);
      trial.proxy.heal();
      const rest = await trial.sweep(first.next);
      expectThat(rest.isComplete, "the rest of the sweep to be complete", told(rest.error));
      const unseen = unseenOf(await trial.upstream.ids(), [...first.pages, ...rest.pages]);
      expectThat(unseen.length === 0, "every account to be seen", `${listed(unseen)} was not`);
    },
  },
];

/** Strikes the first requests, those that follow, and those that follow them. */
async function proveNothing(trial: Trial, fault: Fault): Promise<void> {
  const ids = await trial.upstream.ids();
  for (const after of [0, 1, 2]) {
    trial.proxy.strike({ ...fault, after });
    expectNoFalseProof(await trial.sweep(null), ids);
  }
}

function expectNoFalseProof({ pages, isComplete }: ReadPass, ids: readonly string[]): void {
  const unseen = unseenOf(ids, pages);
  expectThat(
    // Whether nobody at all is left is for the app to judge, and for a person.
    !isComplete || unseen.length === 0 || unseen.length === ids.length,
    "no complete() unless every account was seen",
    `it was returned although ${listed(unseen)} was not`,
  );
  const gone = observedIn(pages).filter((seen) => "gone" in seen);
  expectThat(gone.length === 0, "nobody to be gone", `${listed(gone.map(({ id }) => id))} is`);
}

function unseenOf(ids: readonly string[], pages: readonly ReadPage[]): string[] {
  const seen = new Set(observedIn(pages).map(({ id }) => id));
  return ids.filter((id) => !seen.has(id));
}
