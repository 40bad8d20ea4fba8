/** Time, as the process sees it. Leases and stored due times are decided by the database's clock, never by this one. */
export interface Clock {
  /** Milliseconds since 1970 (wall clock; may jump). */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonicMs(): number;
  /** Resolves after `ms` milliseconds, or as soon as the signal is aborted (it never rejects). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
