import { z } from "zod";
import { atLeast } from "./duration-schema.ts";

const hour = atLeast(3_600_000, "1h");

/** How long checkpoints are kept, as it stands in the YAML file. */
export const checkpointsSchema = z
  .strictObject({
    keepAll: hour
      .prefault("1d")
      .describe("How long every checkpoint of a source is kept: see [cursors.md](cursors.md)."),
    keepHourly: hour.prefault("30d").describe("How long the last checkpoint of each hour is kept."),
    keepDaily: hour.prefault("365d").describe("How long the last checkpoint of each day is kept."),
  })
  .refine(({ keepAll, keepHourly, keepDaily }) => keepAll <= keepHourly && keepHourly <= keepDaily, {
    message: "keepAll must not be longer than keepHourly, nor keepHourly than keepDaily",
  });
