import { setTimeout as sleep } from "node:timers/promises";
import type { Admin } from "kafkajs";
import { RetryableError } from "../core/errors.ts";
import type { Progress, ProgressMeta } from "../ports/publisher.ts";
import type { ShardNames } from "./shard-names.ts";

const barrierPatienceMs = 10_000;
const pauseMs = 10;

/**
 * Reads a shard's position from the first answer that also holds `nonce`, which was committed after every predecessor had
 * been fenced: such an answer cannot be older than the last commit. An answer without it may be, and is not used.
 *
 * @throws RetryableError when the nonce does not show within 10 s.
 */
export async function readProgress(admin: Admin, names: ShardNames, nonce: string): Promise<Progress> {
  const deadlineMs = performance.now() + barrierPatienceMs;
  for (;;) {
    const [topic] = await admin.fetchOffsets({ groupId: names.id, topics: [names.progressTopic] });
    const committed = (partition: number) => topic?.partitions.find((found) => found.partition === partition);
    if (committed(names.barrierPartition)?.offset === nonce) {
      return progressFrom(committed(names.positionPartition));
    }
    if (performance.now() > deadlineMs) {
      throw new RetryableError(
        "TIDEMARK_KAFKA_UNAVAILABLE",
        `the barrier of ${names.id} did not show within ${barrierPatienceMs} ms`,
      );
    }
    await sleep(pauseMs);
  }
}

function progressFrom(committed: { offset: string; metadata: string | null } | undefined): Progress {
  if (committed === undefined || committed.offset === "-1") return { next: null, meta: null };
  return { next: committed.offset, meta: parseMeta(committed.metadata) };
}

/** Metadata that is not ours becomes null, which the decision at start refuses to publish after. */
function parseMeta(text: string | null): ProgressMeta | null {
  try {
    const meta = JSON.parse(text ?? "") as Partial<ProgressMeta> | null;
    if (meta?.v !== 1 || typeof meta.j !== "string") return null;
    if (meta.bn !== null && typeof meta.bn !== "string") return null;
    return { v: 1, j: meta.j, bn: meta.bn };
  } catch {
    return null;
  }
}
