/** From which state of a shard and of a source a write was decided: it happens only while both are still the current ones. */
export interface Fence {
  shard: number;
  term: string;
  sourceId: number;
  /** The revision this was decided from, and the one that comes after it. */
  revision: string;
  nextRevision: string;
}
