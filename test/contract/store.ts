import { describe } from "vitest";
import { checkpointContract } from "./store-checkpoints.ts";
import { commitContract } from "./store-commit.ts";
import { controlContract } from "./store-control.ts";
import { freshnessContract } from "./store-freshness.ts";
import { heldDocumentContract } from "./store-held-documents.ts";
import { holdContract } from "./store-holds.ts";
import { installationContract } from "./store-installation.ts";
import { journalContract } from "./store-journal.ts";
import { leaseContract } from "./store-leases.ts";
import { privacyContract } from "./store-privacy.ts";
import { quarantineContract } from "./store-quarantine.ts";
import { replayStateContract } from "./store-replay-states.ts";
import { replayContract } from "./store-replays.ts";
import { repairContract } from "./store-repair.ts";
import { replayStepContract } from "./store-replay-steps.ts";
import { replayTimesContract } from "./store-replay-times.ts";
import { retentionContract } from "./store-retention.ts";
import type { StoreUnderTest } from "./store-samples.ts";
import { scheduleContract } from "./store-schedule.ts";
import { sweepContract } from "./store-sweep.ts";
import { sweptContract } from "./store-swept.ts";
import { tokenContract } from "./store-tokens.ts";

/**
 * What every store promises, as tests. The memory store and the one on Postgres pass the same suite, so what is proved of
 * the app on the one holds on the other.
 * @param open Gives each test a store of its own.
 */
export function storeContract(open: () => Promise<StoreUnderTest>): void {
  describe("installation, sources, intents", () => {
    installationContract(open);
  });
  describe("control over a running installation", () => {
    controlContract(open);
  });
  describe("workers and leases", () => {
    leaseContract(open);
  });
  describe("commits and passes", () => {
    commitContract(open);
  });
  describe("sweeps", () => {
    sweepContract(open);
  });
  describe("sources without polls, and without sweeps", () => {
    sweptContract(open);
  });
  describe("schedules", () => {
    scheduleContract(open);
  });
  describe("how a source is", () => {
    freshnessContract(open);
  });
  describe("holds", () => {
    holdContract(open);
    heldDocumentContract(open);
  });
  describe("privacy rules", () => {
    privacyContract(open);
  });
  describe("quarantine", () => {
    quarantineContract(open);
  });
  describe("checkpoints", () => {
    checkpointContract(open);
  });
  describe("replays in a source's lane", () => {
    replayStepContract(open);
  });
  describe("journal and publication", () => {
    journalContract(open);
    retentionContract(open);
  });
  describe("replays", () => {
    replayContract(open);
    replayStateContract(open);
    replayTimesContract(open);
  });
  describe("repair", () => {
    repairContract(open);
  });
  describe("tokens", () => {
    tokenContract(open);
  });
}
