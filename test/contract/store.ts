import { describe } from "vitest";
import { commitContract } from "./store-commit.ts";
import { heldDocumentContract } from "./store-held-documents.ts";
import { holdContract } from "./store-holds.ts";
import { installationContract } from "./store-installation.ts";
import { journalContract } from "./store-journal.ts";
import { leaseContract } from "./store-leases.ts";
import { privacyContract } from "./store-privacy.ts";
import { quarantineContract } from "./store-quarantine.ts";
import { repairContract } from "./store-repair.ts";
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
  describe("journal and publication", () => {
    journalContract(open);
  });
  describe("repair", () => {
    repairContract(open);
  });
  describe("tokens", () => {
    tokenContract(open);
  });
}
