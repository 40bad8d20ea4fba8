import type { Mutant } from "./mutant.ts";

/** Faults in how fast upstreams are asked. */
export const limiting: readonly Mutant[] = [
  {
    name: "throttles slow nothing down",
    breaks: "a throttle halves the rate of its group",
    file: "src/connectors/pace.ts",
    edits: [["Math.max(leastShare, share / 2)", "Math.max(leastShare, share)"]],
    killer: { tests: ["test/connectors/budget-adapts.test.ts"] },
  },
  {
    name: "sweeps before polls",
    breaks: "a sweep does not delay the polls of its group",
    file: "src/connectors/turn-queue.ts",
    edits: [["inARow >= urgentInARow", "true"]],
    killer: { tests: ["test/connectors/budget-fairness.test.ts"] },
  },
  {
    name: "what remains is ignored",
    breaks: "no more is asked than the upstream says is left",
    file: "src/connectors/budget.ts",
    edits: [["quota.left -= 1;", "quota.left -= 0;"]],
    killer: { tests: ["test/connectors/budget.test.ts"] },
  },
  {
    name: "refused by the whole group",
    breaks: "a credential that is refused is not tried by every source that has it",
    file: "src/core/circuit.ts",
    edits: [['open.why === "refused" ? Number.POSITIVE_INFINITY : probeAtMs', "probeAtMs"]],
    killer: { tests: ["test/app/group-circuit.test.ts"] },
  },
  {
    name: "waits after the upstream is back",
    breaks: "what had only waited for the upstream is due as soon as it answers",
    file: "src/app/group-circuit.ts",
    edits: [["if (open !== null) release(nowMs);", "return;"]],
    killer: { tests: ["test/app/group-circuit.test.ts"] },
  },
  {
    name: "a busy lane starves intents",
    breaks: "what a person has asked for is carried out before the lane's next turn",
    file: "src/app/carry-out-intents.ts",
    edits: [["lane.isAwaited = true;", ""]],
    killer: { tests: ["test/app/carry-out-intents.test.ts"] },
  },
];
