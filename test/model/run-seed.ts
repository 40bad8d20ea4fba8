import { fingerprint } from "../../src/core/fingerprint.ts";
import type { CommitStep } from "../../src/ports/store.ts";
import { countHeld, isHeld } from "../support/memory-store-holds.ts";
import { checkComplete, checkPublished, checkRefused, forkedShards, positionOf } from "./checker.ts";
import { seededChoices } from "./choices.ts";
import { type Fleet, type World, startFleet } from "./fleet.ts";
import { playChaos } from "./play-chaos.ts";
import { type Scenario, prefix, scenarioOf } from "./scenario.ts";
import { simulatedKafka } from "./simulated-kafka.ts";
import { simulateTime } from "./simulated-time.ts";
import { simulatedPostgres } from "./simulated-postgres.ts";
import { simulatedUpstream } from "./simulated-upstream.ts";
import { createSimulation } from "./simulation.ts";

/** How a seed ended. */
export interface SeedReport {
  seed: number;
  scenario: Scenario;
  /** Which invariants of exactly-once.md §D.3 were broken, and how; empty when all hold. */
  violations: string[];
  /** The last steps before the end. */
  trace: string[];
  /** Codes of the refusals that ended workers, each once. */
  refusals: string[];
  events: number;
}

const healMs = 240_000;
/** What ends workers, and must, when a restored database lacks what was published. */
const restoredRefusals: readonly string[] = ["TIDEMARK_DATABASE_WENT_BACK", "TIDEMARK_HISTORY_FORKED"];

/** Plays one seed: chaos, then healing, then the checks. */
export async function runSeed(seed: number, tracedSteps = 40): Promise<SeedReport> {
  const choices = seededChoices(seed);
  const scenario = scenarioOf(choices);
  const simulation = createSimulation(choices, tracedSteps);
  const violations: string[] = [];
  const traces: string[][] = [];
  const violated = (what: string) => {
    if (violations.length === 0) traces.push(simulation.trace());
    if (violations.length < 10) violations.push(what);
  };
  const startAtMs = Date.UTC(2026, 2, 1);
  const upstreams = new Map(
    scenario.sources.map(({ config, traits }) => [config.name, simulatedUpstream(simulation, traits)]),
  );
  const committed = (step: CommitStep) => {
    checkCursor(world, step);
    checkDeletes(world, step);
  };
  const postgres = simulatedPostgres({ simulation, startAtMs, violated, committed });
  const kafka = simulatedKafka(simulation, scenario.kafka);
  const world: World = { simulation, scenario, startAtMs, postgres, kafka, upstreams, violated };

  await postgres.memory.ensureInstallation({ prefix, shardCount: scenario.shardCount });
  await postgres.memory.applySources(scenario.sources.map(({ config }) => config));

  const restoreTime = simulateTime(simulation);
  let fleet: Fleet | null = null;
  try {
    fleet = startFleet(world);
    await play(world, fleet);
  } catch (error) {
    violated(`the model failed: ${error instanceof Error ? error.stack : String(error)}`);
  } finally {
    restoreTime();
  }
  return {
    seed,
    scenario,
    violations,
    trace: traces[0] ?? simulation.trace(),
    refusals: [...new Set(fleet?.refusals.map(({ code }) => code))],
    events: postgres.ledger.size,
  };
}

async function play(world: World, fleet: Fleet): Promise<void> {
  const { simulation, scenario, violated } = world;
  const contradictedAtMs = await playChaos(world, fleet);
  heal(world, fleet);

  const isRefused = () => fleet.refusals.some(({ code }) => restoredRefusals.includes(code));
  let forked = new Set<number>();
  if (scenario.contradiction !== "none") {
    // Whoever opens again has to notice; a worker that had everything open may go on without harm.
    for (const process of fleet.alive()) simulation.kill(process);
    await simulation.run(isRefused, 3_000);
    forked = forkedShards(world);
  }
  if (forked.size === 0) {
    await drain(world);
  } else {
    if (!(await simulation.run(isRefused, 60_000)))
      violated(`I9: shards ${[...forked].join(", ")} contradict Kafka, and nothing was refused`);
    checkPublished(world);
    checkRefused(world, forked, contradictedAtMs);
  }
  for (const { code, message } of fleet.refusals)
    if (scenario.contradiction !== "restore" || !restoredRefusals.includes(code))
      violated(`I9: refused although nothing contradicts: ${code}, ${message}`);

  fleet.retire();
  for (const process of fleet.alive()) fleet.stop(process);
  const isEmpty = await simulation.run(() => fleet.alive().length === 0, 60_000);
  if (!isEmpty) violated("I8: a worker that was asked to stop does not end");
}

function heal({ simulation, scenario }: World, fleet: Fleet): void {
  simulation.note(null, "everything heals");
  for (const conditions of Object.values(scenario.conditions))
    Object.assign(conditions, { faultRate: 0, accidentRate: 0, isAway: false });
  scenario.kafka.refusalRate = 0;
  if (fleet.alive().length === 0) fleet.start();
}

/** Two whole polls and sweeps of every source after the last change, and what they hold is approved; then an empty backlog; then everything is compared. */
async function drain(world: World): Promise<void> {
  const { simulation, postgres, kafka, violated } = world;
  const { state } = postgres.memory;
  let looked = 0;
  for (let round = 0; round < 2; round += 1) {
    const roundAtMs = world.startAtMs + simulation.nowMs();
    for (const { name } of state.sources.values()) {
      await postgres.memory.askIntent({ source: name, verb: "poll", actor: "model" });
      await postgres.memory.askIntent({ source: name, verb: "sweep", actor: "model" });
    }
    const isDone = await simulation.run(() => {
      looked += 1;
      return (
        looked % 16 === 0 &&
        [...state.sources.values()].every(
          ({ lastPollAt, lastSweepAt }) => (lastPollAt ?? 0) > roundAtMs && (lastSweepAt ?? 0) > roundAtMs,
        )
      );
    }, healMs);
    if (!isDone) violated("I8: polls and sweeps do not go on after everything has healed");
    for (const { id, source } of await postgres.memory.holds())
      await postgres.memory.askIntent({ source, verb: "approve", actor: "model", hold: { id, note: null } });
    // A sweep that had begun before this round may have left something to the next one.
    const isCarriedOut = () =>
      [...state.sources.keys()].every((id) => countHeld(state, id, "approved") === 0);
    if (!(await simulation.run(() => (round > 0 ? state.heldChanges.size === 0 : isCarriedOut()), healMs)))
      violated("I8: approved holds are not carried out after everything has healed");
  }
  const isPublished = await simulation.run(() => {
    looked += 1;
    if (looked % 16 !== 0 || !kafka.transactions.isSettled()) return false;
    return [...state.shards.values()].every(
      ({ id, lastSeq }) => (positionOf(world, id) ?? 1n) === BigInt(lastSeq) + 1n,
    );
  }, healMs);
  if (!isPublished) violated("I8: the journal is not published after everything has healed");
  checkPublished(world);
  checkComplete(world);
}

/** I6: whatever lies behind a stored cursor for good is stored too; that an account is gone may be on hold. */
function checkCursor({ upstreams, postgres, violated }: World, { sourceId, cursor }: CommitStep): void {
  const name = postgres.memory.state.sources.get(sourceId)?.name ?? "";
  const stored = postgres.memory.state.accounts.get(sourceId);
  for (const [id, document] of upstreams.get(name)?.passed(cursor) ?? []) {
    const found = stored?.get(id)?.document ?? null;
    const wanted = document === null ? null : fingerprint(document, []).text;
    if (found !== wanted && !(wanted === null && isHeld(postgres.memory.state, sourceId, id)))
      violated(`I6: the cursor of ${name} is past ${id}, which is ${wanted}, but ${found} is stored`);
  }
}

/** I5: where every delete waits, none happens that a person has not approved. */
function checkDeletes({ postgres, violated }: World, { sourceId, entries, released = [] }: CommitStep): void {
  const source = postgres.memory.state.sources.get(sourceId);
  if (source?.deleteLimit !== 0) return;
  for (const { op, accountId } of entries)
    if (op === "deleted" && !released.includes(accountId))
      violated(`I5: ${source.name}/${accountId} was deleted, and nobody has approved it`);
}
