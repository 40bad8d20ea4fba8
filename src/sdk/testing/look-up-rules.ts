import { type ContractRule, whyWithout } from "./contract-rule.ts";
import type { Fault } from "./fault-proxy.ts";
import type { Trial } from "./trial.ts";
import { expectThat, listed } from "./unmet.ts";

/** What looking up promises: only the upstream itself says that an account is gone. */
export const lookUpRules: readonly ContractRule[] = [
  {
    name: "a look-up tells who is there and who is gone, of 100 at once",
    async run(trial) {
      const [gone] = await trial.upstream.mutate({ delete: 1 });
      expectThat(gone !== undefined, "`mutate` to say whom it deleted", "it did not");
      const living = (await trial.upstream.ids()).slice(0, 99);
      const { observations } = await trial.context.get([...living, gone.id]);
      const said = new Map(observations.map((seen) => [seen.id, seen]));
      const unknown = living.filter((id) => !("document" in (said.get(id) ?? {})));
      expectThat(unknown.length === 0, "a document of each", `there is none of ${listed(unknown)}`);
      expectThat("gone" in (said.get(gone.id) ?? {}), "the deleted one to be gone", "it is not");
    },
  },
  ...(["unavailable", "reset", "unauthorized", "garbage", "empty-body", "cut-body"] as const).map(
    (kind): ContractRule => ({
      name: `a look-up that meets trouble (${kind}) says of nobody that it is gone`,
      run: (trial) => lookUpInTrouble(trial, { kind }),
    }),
  ),
  {
    name: "a look-up that is answered empty by mistake says of nobody that it is gone",
    whyNot: whyWithout("withoutItems"),
    run: (trial, { upstream: { withoutItems: edit = (answer) => answer } }) =>
      lookUpInTrouble(trial, { kind: "edited", edit }),
  },
];

async function lookUpInTrouble(trial: Trial, fault: Fault): Promise<void> {
  const ids = (await trial.upstream.ids()).slice(0, 5);
  trial.proxy.strike(fault);
  // To fail is right as well.
  const { observations } = await trial.context.get(ids).catch(() => ({ observations: [] }));
  const gone = observations.filter((seen) => "gone" in seen);
  expectThat(gone.length === 0, "nobody to be gone", `${listed(gone.map(({ id }) => id))} is`);
}
