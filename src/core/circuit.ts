/**
 * Whether the sources that share a credential may try: it opens when what they have in common seems to be the trouble, and lets them try one at a
 * time until one succeeds. Instants are milliseconds on one monotonic clock; sources are named by their ids.
 */
export interface Circuit {
  /** Failures in a row. */
  failures: number;
  /** The sources that they are of. */
  failed: readonly number[];
  /** An upstream has answered a source of the group. */
  hasWorked: boolean;
  /** Null while everybody may try. */
  open: OpenCircuit | null;
}

export interface OpenCircuit {
  /** The upstream cannot be reached or is out of order, or refuses the credential. */
  why: "unavailable" | "refused";
  /** When one source may try; Infinity: only after a person has changed something. */
  probeAtMs: number;
  /** The source that tries. */
  probe: number | null;
  /** The sources that a person has changed or resumed since: they may try at any time, one after another. */
  changed: readonly number[];
}

/** What a source has found out about what it shares with others; `nothing` when it failed for a reason of its own. */
export type Finding = "answered" | "unavailable" | "refused" | "nothing";

/** So many failures in a row, of at least two sources, open it. */
const mostFailures = 5;

export const closedCircuit: Circuit = { failures: 0, failed: [], hasWorked: false, open: null };

/** From when on this source may try: -Infinity while the circuit is closed, Infinity while another source tries. */
export function mayTryAt({ open }: Circuit, source: number): number {
  if (open === null || open.probe === source) return Number.NEGATIVE_INFINITY;
  if (open.probe !== null) return Number.POSITIVE_INFINITY;
  return open.changed.includes(source) ? Number.NEGATIVE_INFINITY : open.probeAtMs;
}

/** A source begins to try. */
export function tries(circuit: Circuit, source: number): Circuit {
  const { open } = circuit;
  return open === null || open.probe !== null ? circuit : { ...circuit, open: { ...open, probe: source } };
}

/** A person has resumed a source or changed its settings. */
export function changes(circuit: Circuit, source: number): Circuit {
  const { open } = circuit;
  if (open === null || open.changed.includes(source)) return circuit;
  return { ...circuit, open: { ...open, changed: [...open.changed, source] } };
}

/**
 * Whether a source that was refused waits for a person with those that share its credential, instead of halting: another one has halted
 * already, and nobody has changed this one since.
 */
export function waitsWithOthers({ open }: Circuit, source: number): boolean {
  return open?.why === "refused" && !open.changed.includes(source);
}

/**
 * What a source has found out. A refusal opens the circuit at once, unless the source is new and others have been answered: then its own
 * settings are wrong. One other source tries after that; when it is refused, too, all wait for a person.
 * @param by.isNew The source has never been loaded.
 * @param by.backOffMs How long to wait for the next try, given the failures in a row.
 */
export function finds(
  circuit: Circuit,
  finding: Finding,
  by: { source: number; isNew: boolean; nowMs: number; backOffMs: (failures: number) => number },
): Circuit {
  const { open } = circuit;
  if (finding === "answered") {
    // One that was under way when another was refused may have been answered before.
    const isOld = open?.why === "refused" && open.probe !== by.source;
    return isOld ? circuit : { ...closedCircuit, hasWorked: true };
  }
  if (finding === "nothing") return left(circuit, by);
  const failures = circuit.failures + 1;
  const failed = circuit.failed.includes(by.source) ? circuit.failed : [...circuit.failed, by.source];
  const counted = { ...circuit, failures, failed };
  const probeAtMs = by.nowMs + by.backOffMs(failures);
  if (open === null) {
    if (finding === "refused" && by.isNew && circuit.hasWorked) return circuit;
    if (finding === "unavailable" && (failures < mostFailures || failed.length < 2)) return counted;
    return { ...counted, open: { why: finding, probeAtMs, probe: null, changed: [] } };
  }
  const changed = open.changed.filter((source) => source !== by.source);
  const probe = open.probe === by.source ? null : open.probe;
  if (finding === "refused")
    return {
      ...counted,
      open: {
        why: "refused",
        probeAtMs: open.why === "refused" ? Number.POSITIVE_INFINITY : probeAtMs,
        probe,
        changed,
      },
    };
  // What was under way when it opened tells nothing new.
  return open.probe === by.source
    ? { ...counted, open: { ...open, probeAtMs: Math.max(open.probeAtMs, probeAtMs), probe, changed } }
    : circuit;
}

/** A source's try has ended and told nothing: another one may try after the same pause. */
function left(
  circuit: Circuit,
  by: { source: number; nowMs: number; backOffMs: (failures: number) => number },
): Circuit {
  const { open } = circuit;
  if (open === null || open.probe !== by.source) return circuit;
  const probeAtMs = Math.max(open.probeAtMs, by.nowMs + by.backOffMs(circuit.failures));
  return { ...circuit, open: { ...open, probeAtMs, probe: null } };
}
