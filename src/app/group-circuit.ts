import { backOffMs } from "../core/back-off.ts";
import {
  type Circuit,
  type Finding,
  changes,
  closedCircuit,
  finds,
  mayTryAt,
  tries,
  waitsWithOthers,
} from "../core/circuit.ts";
import type { ErrorCode } from "../core/error-table.ts";
import { dueMember, sourceBackOff } from "../core/schedule.ts";
import type { Lane } from "./lane.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** The circuit of the sources of one group, as their lanes use it. It lives in memory: a restart lets everybody try again. */
export interface GroupCircuit {
  readonly group: string;
  readonly isOpen: boolean;
  /** From when on this lane may have a turn, monotonic milliseconds. */
  mayTryAtMs(lane: Lane): number;
  /** A turn of the lane begins. */
  begins(lane: Lane): void;
  /** The upstream has answered the lane: what waited for that gets its turns at once. */
  answered(lane: Lane): void;
  /** The lane's turn has failed. @returns true when it waits for a person with the others instead of halting. */
  failed(lane: Lane, code: ErrorCode): boolean;
  /** A turn of the lane has ended, however. */
  ends(lane: Lane): void;
  /** A person has resumed the source or changed its settings. */
  changed(lane: Lane): void;
}

/** What errors tell about what the sources of a group have in common. */
const findings: Partial<Record<ErrorCode, Finding>> = {
  TIDEMARK_UPSTREAM_UNAVAILABLE: "unavailable",
  TIDEMARK_UPSTREAM_UNAUTHORIZED: "refused",
  TIDEMARK_UPSTREAM_FORBIDDEN: "refused",
};

/** @param lanes All lanes of the group. */
export function groupCircuit(
  group: string,
  lanes: () => Iterable<Lane>,
  { clock, random, log }: WorkerPorts,
): GroupCircuit {
  let circuit: Circuit = closedCircuit;

  function find(lane: Lane, finding: Finding): void {
    const { open } = circuit;
    const nowMs = clock.monotonicMs();
    circuit = finds(circuit, finding, {
      source: lane.source.id,
      isNew: !lane.source.isLoaded,
      nowMs,
      backOffMs: (failures) => backOffMs(failures, sourceBackOff, random.fraction()),
    });
    if (circuit.open === null) {
      if (open !== null) release(nowMs);
      return;
    }
    const { why, probeAtMs } = circuit.open;
    if (why === open?.why && Number.isFinite(open.probeAtMs) === Number.isFinite(probeAtMs)) return;
    log.warn("circuit.opened", {
      group,
      why,
      source: lane.source.name,
      // Not at all before a person has changed something.
      retryInMs: Number.isFinite(probeAtMs) ? Math.round(probeAtMs - nowMs) : null,
    });
  }

  /** Those that had failed waited for the upstream alone. */
  function release(nowMs: number): void {
    log.info("circuit.closed", { group });
    for (const lane of lanes())
      if (lane.source.failures > 0 && !lane.isBusy) lane[dueMember[lane.lastTurn ?? "poll"]] = nowMs;
  }

  return {
    group,
    get isOpen() {
      return circuit.open !== null;
    },
    mayTryAtMs: (lane) => mayTryAt(circuit, lane.source.id),
    begins(lane) {
      circuit = tries(circuit, lane.source.id);
    },
    answered(lane) {
      if (circuit.open !== null || circuit.failures > 0 || !circuit.hasWorked) find(lane, "answered");
    },
    failed(lane, code) {
      const finding = findings[code];
      if (finding === undefined) return false;
      const waits = finding === "refused" && waitsWithOthers(circuit, lane.source.id);
      find(lane, finding);
      return waits;
    },
    ends: (lane) => find(lane, "nothing"),
    changed(lane) {
      circuit = changes(circuit, lane.source.id);
    },
  };
}
