import { type Fault, fault } from "../../src/sandbox/upstreams/protocol.ts";
import { eventually } from "../support/eventually.ts";
import { type Feed, startFeed } from "./feed.ts";
import { scenario } from "./rounds.ts";

/** What makes a fault short enough for a test. */
const details: Partial<Record<Fault["kind"], Partial<Fault>>> = {
  "429": { retryAfterSeconds: 1 },
  slow: { ms: 500, trickle: true },
  huge: { bytes: 80 * 1024 * 1024 },
  shift: { mutation: { insert: 2, update: 5 } },
};

scenario("upstreams misbehave in every way that is known", { ci: 1 }, async ({ seed, random }) => {
  const feed = await startFeed({ seed, accounts: 300, workers: 1 });
  await feed.atWork();
  await feed.churn(10);

  const kinds = [...fault.shape.kind.options];
  let struck = 0;
  while (kinds.length > 0) {
    const [kind] = kinds.splice(random.below(kinds.length), 1);
    if (kind === undefined) break;
    const times = 1 + random.below(2);
    for (const { control } of feed.upstreams)
      await control.inject({ kind, times, after: random.below(3), ...details[kind] });
    await eventually(`${kind} has struck and both sources poll again`, () => hasHealed(feed, times), 90_000);
    struck += times * feed.upstreams.length;
    for (const { control } of feed.upstreams) await control.clearFaults();
  }
  await feed.churn(0);
  // Some of these faults make an upstream say in good order what is not so: that is believed until it says something else.
  for (const { control } of feed.upstreams) {
    const { accounts } = await control.truth();
    await control.mutate({ changes: accounts.map(({ id }) => ({ op: "update", id })) });
  }
  const { events } = await feed.prove();
  return { struck, events };
});

/** Wakes sources that have halted, as an operator would. */
async function hasHealed({ tidemark, upstreams }: Feed, times: number): Promise<boolean> {
  const { sources } = await tidemark.store.overview();
  for (const { name, state } of sources)
    if (state === "halted") await tidemark.store.askIntent({ source: name, verb: "resume", actor: "test" });
  const faults = (await Promise.all(upstreams.map(({ control }) => control.faults()))).flat();
  return (
    faults.every(({ struck }) => struck === times) &&
    sources.every(({ state, failures }) => state === "running" && failures === 0)
  );
}
