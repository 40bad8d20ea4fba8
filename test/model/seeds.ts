/**
 * Seeds that show faults which the model once found, and that were cured: they are played in every run. A seed plays something else as
 * soon as the model draws another choice; look for another one then, by taking the cure out.
 */
export const failedSeeds: Readonly<Record<number, string>> = {
  10: "a sweep that had reached its end gave way there for ever to polls that are always due",
  73: "a restored database granted a term for the second time while its first owner lived on",
  789: "what was decided before a restore was committed after it: its revision had been given out a second time",
  876: "a crash of the database in the middle of a sweep halted its source: everything looked absent",
  991: "rows handed over in memory were published after a failover had taken them away",
  1521: "a worker recorded what it had published in a restored database that never gave the number, and ended on a broken constraint",
  5304: "a worker that slept while it opened a shard took its successor's progress for a contradiction and ended",
};

/** How many fresh seeds a run of the test suite plays. */
export const seedsPerRun = 2_000;
