import type { Fleet, World } from "./fleet.ts";
import { prefix } from "./scenario.ts";

/** Lets things go wrong for a while. @returns when the stores came to contradict each other, if they did. */
export async function playChaos(world: World, fleet: Fleet): Promise<number> {
  const { simulation, scenario, upstreams, postgres, kafka } = world;
  const { choices } = simulation;
  const untilMs = simulation.nowMs() + scenario.chaosMs;
  let contradictedAtMs = Number.POSITIVE_INFINITY;

  /** Does something again and again until the chaos ends. */
  const often = (everyMs: number, effect: () => void) => {
    const delayMs = everyMs * choices.between(0.2, 2);
    if (simulation.nowMs() + delayMs > untilMs) return;
    simulation.after(delayMs, null, () => {
      effect();
      often(everyMs, effect);
    });
  };

  for (let started = 0; started < scenario.workers; started += 1) fleet.start();
  const names = [...upstreams.values()];
  often(scenario.changeEveryMs, () => names[choices.below(names.length)]?.change());
  if (Number.isFinite(scenario.troubleEveryMs)) often(scenario.troubleEveryMs, () => trouble(world, fleet));

  often(1_000, () => decideSomething(world));

  if (scenario.contradiction === "restore") {
    const backupAtMs = choices.between(0.2, 0.7) * scenario.chaosMs;
    // A replica that lags, or a backup of long ago.
    const ageMs = choices.chance(0.5)
      ? choices.between(5, 500)
      : choices.between(0, scenario.chaosMs - backupAtMs);
    simulation.after(backupAtMs, null, () => {
      const restore = postgres.backup();
      simulation.note(null, "the database is backed up");
      if (choices.chance(0.5)) leave(world, "kafka", ageMs + choices.between(0, 500));
      simulation.after(ageMs, null, () => {
        simulation.note(null, "the database is restored");
        restore();
        contradictedAtMs = simulation.nowMs();
        if (choices.chance(0.5)) postgres.crash();
        if (choices.chance(0.4)) for (const process of fleet.alive()) simulation.kill(process);
      });
    });
  }
  if (scenario.contradiction === "delete group") {
    simulation.after(choices.between(0.3, 1) * scenario.chaosMs, null, () => {
      const shard = choices.below(scenario.shardCount);
      simulation.note(null, `the group of shard ${shard} is deleted`);
      kafka.groups.deleteGroup(`${prefix}.publisher.${shard}`);
    });
  }
  await simulation.run(() => false, scenario.chaosMs);
  return contradictedAtMs;
}

/** An operator decides about a hold, more or less wisely. */
function decideSomething({ simulation: { choices }, postgres: { memory } }: World): void {
  const held = [...memory.state.heldChanges.values()];
  const hold = memory.state.holds.get(held[choices.below(held.length)]?.holdId ?? "");
  const source = memory.state.sources.get(hold?.sourceId ?? 0);
  if (hold === undefined || source === undefined) return;
  const verb = choices.oneOf(["approve", "approve", "reject"] as const);
  void memory.askIntent({ source: source.name, verb, actor: "model", hold: { id: hold.id, note: null } });
}

/** Something greater than a lost answer. */
function trouble(world: World, fleet: Fleet): void {
  const { simulation, scenario, kafka, postgres } = world;
  const { choices } = simulation;
  const { timing } = scenario;
  const alive = fleet.alive();
  const one = alive[choices.below(alive.length)];
  const kinds = {
    kill: () => one !== undefined && simulation.kill(one),
    pause: () => one !== undefined && simulation.pause(one, choices.between(0.5, 3) * timing.ttlMs),
    stop: () => one !== undefined && fleet.stop(one),
    add: () => alive.length < 4 && fleet.start(),
    kafka: () => leave(world, "kafka", choices.between(20, 1_500)),
    postgres: () => leave(world, "postgres", choices.between(20, 1_500)),
    crash() {
      postgres.crash();
      leave(world, "postgres", choices.between(1, 300));
    },
    split: () => kafka.groups.split(choices.between(50, 4_000)),
  };
  kinds[
    choices.oneOf<keyof typeof kinds>([
      "kill",
      "kill",
      "pause",
      "pause",
      "stop",
      "add",
      "kafka",
      "postgres",
      "crash",
      "crash",
      "split",
    ])
  ]();
}

/** A server that nobody reaches for a while. */
function leave({ simulation, scenario }: World, name: "kafka" | "postgres", forMs: number): void {
  simulation.note(null, `${name} is away for ${forMs.toFixed(0)} ms`);
  scenario.conditions[name].isAway = true;
  simulation.after(forMs, null, () => {
    simulation.note(null, `${name} is back`);
    scenario.conditions[name].isAway = false;
  });
}
