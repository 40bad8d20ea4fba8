/** Who waits for a request, and for what. */
export interface Asker {
  source: string;
  /** True for a poll of a loaded source: sweeps and first loads can wait. */
  isUrgent: boolean;
}

/** Those who wait for a request of one group. */
export interface TurnQueue<Waiting> {
  size(): number;
  put(asker: Asker, waiting: Waiting): void;
  /** Takes out who is served next. */
  next(): Waiting | undefined;
  /** Takes out who does not want to wait any longer. */
  leave(asker: Asker, waiting: Waiting): void;
}

/** After this many urgent requests in a row, one that can wait is served. */
const urgentInARow = 3;

/**
 * Serves sources in turns, however many requests each of them has waiting; those of urgent ones first, except every fourth time. A source has
 * waited since it was served last.
 */
export function turnQueue<Waiting>(): TurnQueue<Waiting> {
  // Sources in the order of their turns, each with its own requests in order.
  const urgent = new Map<string, Waiting[]>();
  const patient = new Map<string, Waiting[]>();
  let inARow = 0;
  let size = 0;

  return {
    size: () => size,
    put({ source, isUrgent }, waiting) {
      const queue = isUrgent ? urgent : patient;
      const own = queue.get(source);
      if (own === undefined) queue.set(source, [waiting]);
      else own.push(waiting);
      size += 1;
    },
    next() {
      const isPatientsTurn = patient.size > 0 && (urgent.size === 0 || inARow >= urgentInARow);
      inARow = isPatientsTurn || patient.size === 0 ? 0 : inARow + 1;
      const queue = isPatientsTurn ? patient : urgent;
      const [first] = queue;
      if (first === undefined) return undefined;
      const [source, own] = first;
      const served = own.shift();
      queue.delete(source);
      if (own.length > 0) queue.set(source, own);
      size -= 1;
      return served;
    },
    leave({ source, isUrgent }, waiting) {
      const queue = isUrgent ? urgent : patient;
      const own = queue.get(source);
      const place = own?.indexOf(waiting) ?? -1;
      if (own === undefined || place < 0) return;
      own.splice(place, 1);
      if (own.length === 0) queue.delete(source);
      size -= 1;
    },
  };
}
