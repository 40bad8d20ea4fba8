import type { Retention } from "../../src/ports/store.ts";

const dayMs = 86_400_000;

/** What is kept when the configuration says nothing. */
export const retention: Retention = {
  retentionDays: 30,
  checkpoints: { allMs: dayMs, hourlyMs: 30 * dayMs, dailyMs: 365 * dayMs },
};
