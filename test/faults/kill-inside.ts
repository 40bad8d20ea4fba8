import { setTimeout as pause } from "node:timers/promises";
import type { AskedReplay } from "../../src/ports/store.ts";
import type { Random } from "../../src/sandbox/upstreams/random.ts";
import { eventually } from "../support/eventually.ts";
import type { WatchedUpstream } from "../support/watched-upstreams.ts";
import type { Feed } from "./feed.ts";

const kills = 10;
/** Of a machine that does much else. */
const patienceMs = 120_000;
const lookEveryMs = 5;

/**
 * Kills the owners of the sources in turn, each at a random moment while it is at work on a replay of its source, until so many were hit; then lets the
 * replays come to their ends. While the lease of one source's owner runs out the other one is hit.
 *
 * @param begin Begins a replay of a source. @returns its id.
 * @returns how often a replay was hit: what had begun was not at its end when its owner was dead.
 */
export async function killInside(
  feed: Feed,
  random: Random,
  begin: (upstream: WatchedUpstream) => Promise<string>,
): Promise<number> {
  const { store } = feed.tidemark;
  const open = new Map<WatchedUpstream, string>();
  for (let struck = 0; struck < kills;) {
    const upstream = feed.upstreams[struck % feed.upstreams.length];
    if (upstream === undefined) throw new Error("there is no upstream");
    const id = open.get(upstream) ?? (await begin(upstream));
    open.set(upstream, id);
    if (!(await getsOn(feed, id))) {
      open.delete(upstream);
      continue;
    }
    // What was just done is being published, or what comes next is under way; and sometimes it rests.
    await pause(random.below(random.chance(0.7) ? 60 : 600));
    const owner = await feed.ownerOf(upstream.source);
    if (owner === false) continue;
    await feed.replace(owner);
    if (await isOpen(feed, id)) struck += 1;
  }
  for (const id of open.values()) {
    const isDone = async () => (await store.replay(id))?.state === "done";
    await eventually(`replay ${id} is done`, isDone, patienceMs);
  }
  return kills;
}

/** Whether somebody does some of it from now on; false when it comes to its end meanwhile. */
async function getsOn({ tidemark: { store } }: Feed, id: string): Promise<boolean> {
  const before = (await store.replay(id))?.done ?? 0;
  for (const startedAtMs = performance.now(); performance.now() - startedAtMs < patienceMs;) {
    const replay = await store.replay(id);
    if (replay?.state === "done") return false;
    if (replay?.state !== "running") throw new Error(`replay ${id} is ${replay?.state}: ${replay?.detail}`);
    if (replay.done > before) return true;
    await pause(lookEveryMs);
  }
  throw new Error(`nobody gets on with replay ${id}`);
}

async function isOpen({ tidemark: { store } }: Feed, id: string): Promise<boolean> {
  const replay = await store.replay(id);
  return replay?.state === "running" && replay.parts.some(({ endedAt }) => endedAt === null);
}

/** Begins a replay. @returns its id. @throws Error when it is refused. */
export async function startReplay({ tidemark: { store } }: Feed, asked: AskedReplay): Promise<string> {
  const answer = await store.startReplay(asked);
  if ("id" in answer) return answer.id;
  throw new Error(`refused: ${answer.kind}`);
}
