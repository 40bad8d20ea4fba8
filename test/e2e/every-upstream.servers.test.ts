import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { simulators } from "../../src/sandbox/simulators.ts";
import { controlOf } from "../../src/sandbox/upstreams/control-client.ts";
import type { CommonBehaviour, Mutation } from "../../src/sandbox/upstreams/protocol.ts";
import { type Random, seededRandom } from "../../src/sandbox/upstreams/random.ts";
import type { UpstreamKind } from "../../src/sandbox/upstreams/vendor.ts";
import { eventually } from "../support/eventually.ts";
import { install } from "../support/installation.ts";
import { seed } from "../support/seed.ts";
import { troubledUpstreams } from "../support/troubled-upstreams.ts";
import { type WatchedUpstream, watchedUpstream } from "../support/watched-upstreams.ts";

const runsEach = 10;
const changingForMs = 25_000;
/** On a slow machine, where the time above is over before much has happened. */
const leastRounds = 20;
const leastRestarts = 2;

/** How an upstream of each vendor may behave: any of what its documents leave open. */
const anyBehaviour: Record<UpstreamKind, (random: Random) => Record<string, unknown>> = {
  sailpoint: ({ pick }) => ({
    offsetOverrun: pick(["empty", "error"]),
    shortPageEvery: pick([0, 2, 3]),
    forbidsSources: pick([false, true]),
    deprecated: pick([false, true]),
  }),
  bamboohr: ({ pick }) => ({
    sinceIncludes: pick([false, true]),
    showsInsertionDate: pick([false, true]),
    throttleStatus: pick([429, 503]),
  }),
  kombo: ({ pick }) => ({
    updatedAfterIncludes: pick([false, true]),
    unknownIds: pick(["404", "omitted"]),
    forgetsDeleted: pick([false, true]),
    lagJitterMs: pick([0, 2_000, 30_000]),
  }),
  lumos: ({ pick }) => ({
    cursorOn: pick(["every-page", "last-page", "never"]),
    badCursor: pick(["error", "everything"]),
    pageEnd: pick(["absent", "null", "empty", "size"]),
    nulls: pick(["sent", "omitted"]),
    emptyPageEvery: pick([0, 2, 3]),
    sinceIncludes: pick([false, true]),
    showsDeleted: pick([false, true]),
    listsDeactivated: pick([false, true]),
    tellsLimits: pick([false, true]),
    missing: pick([[], ["info"], ["get_data_recency"], ["info", "app_info"]]),
  }),
  century: ({ pick }) => ({
    cursors: pick(["keyset", "offset"]),
    emptyMembers: pick(["null", "absent"]),
  }),
  rest: ({ pick }) => ({
    includesBound: pick([false, true]),
    forgetsDeleted: pick([false, true]),
    mostOnPage: pick([50, 1_000]),
    lagJitterMs: pick([0, 2_000, 30_000]),
  }),
};

async function anyUpstream(kind: UpstreamKind, run: number, random: Random): Promise<WatchedUpstream> {
  const accounts = 20 + random.below(100);
  const { styles } = simulators[kind];
  const upstream = await watchedUpstream(kind, {
    accounts,
    seed: seed + run,
    source: `${kind}-${run}`,
    ...(styles === undefined ? {} : { style: random.pick(styles) }),
  });
  await controlOf<CommonBehaviour & Record<string, unknown>>(upstream.url).options(
    anyBehaviour[kind](random),
  );
  return upstream;
}

function anyMutation(random: Random): Mutation {
  const upTo = (most: number) => random.below(most + 1);
  return { insert: upTo(4), update: upTo(6), delete: upTo(3), tie: random.chance(0.3) };
}

test("whatever the upstreams do, and whatever becomes of the workers, the topics tell the truth and no version is missing", async () => {
  const startedAtMs = performance.now();
  const random = seededRandom(seed);
  const upstreams: WatchedUpstream[] = [];
  for (const kind of Object.keys(anyBehaviour) as UpstreamKind[]) {
    for (let run = 1; run <= runsEach; run += 1) upstreams.push(await anyUpstream(kind, run, random));
  }
  const controls = upstreams.map(({ control }) => control);
  const tidemark = await install(upstreams, { shards: 16 });
  const workers = [tidemark.startWorker(), tidemark.startWorker()];
  const haveShards = async () => (await tidemark.owned(workers)).every((shards) => shards > 0);
  await eventually("every worker has shards", haveShards);

  const trouble = troubledUpstreams(controls, seededRandom(seed, 1), 60);
  let restarts = 0;
  const untilMs = performance.now() + changingForMs;
  const isOver = (round: number) =>
    performance.now() >= untilMs && round >= leastRounds && restarts >= leastRestarts;
  for (let round = 0; !isOver(round); round += 1) {
    for (let change = 0; change < 25; change += 1) await random.pick(controls).mutate(anyMutation(random));
    await pause(random.below(400));
    if (!random.chance(0.2)) continue;
    const index = random.below(workers.length);
    await (random.chance(0.5) ? workers[index]?.kill() : workers[index]?.stop());
    workers[index] = tidemark.startWorker();
    restarts += 1;
  }
  const struck = await trouble.stop();
  await eventually("every worker has shards", haveShards);
  await tidemark.settle();

  const counts = await tidemark.expectExactlyOnce();
  const { sources } = await tidemark.store.overview();
  expect(sources.filter(({ state }) => state !== "running")).toEqual([]);
  expect(sources).toHaveLength(Object.keys(anyBehaviour).length * runsEach);
  expect(struck).toBeGreaterThan(100);
  expect(restarts).toBeGreaterThanOrEqual(leastRestarts);
  expect(await Promise.all(workers.map((worker) => worker.stop()))).toEqual([0, 0]);
  const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(1);
  console.log(
    `every upstream: seed ${seed}, ${sources.length} histories, ${counts}, ${struck} requests struck, ${restarts} restarts, ${seconds} s`,
  );
  // A bit more than a minute here.
}, 600_000);
