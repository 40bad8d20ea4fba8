import type { Store } from "../ports/store.ts";
import { absentAccounts, approvedAbsent, countAbsent, knownAccounts, livingAccounts } from "./account.ts";
import { applySources } from "./apply-sources.ts";
import {
  checkpointAt,
  checkpoints,
  changesSince,
  firstCheckpoint,
  liveCursor,
  readCheckpoint,
  thinCheckpoints,
} from "./checkpoint.ts";
import { commit } from "./commit.ts";
import { databaseCondition } from "./database-condition.ts";
import { forgetUnseen, holdAbsent } from "./hold-unseen.ts";
import { approvedAccounts, heldAmong, holds, readHold } from "./hold.ts";
import { checkSchema, ensureInstallation, pinCluster } from "./installation.ts";
import { askIntent, finishIntent, pendingIntents, readIntent } from "./intent.ts";
import { forgetAnswers, intents, withdrawIntent } from "./intent-control.ts";
import { journalRow, journalTopics, nextJournal } from "./journal.ts";
import { maintainJournal } from "./journal-partitions.ts";
import { overview } from "./overview.ts";
import { failPass, leaveSweep, prunePasses } from "./pass.ts";
import { createPool, type PostgresOptions } from "./pool.ts";
import { heldDocuments, quarantinedRaws, rewriteStored, storedDocuments } from "./privacy.ts";
import {
  awaitingRedrive,
  quarantined,
  quarantinedAmong,
  quarantinedItem,
  redriveProgress,
} from "./quarantine.ts";
import { forgetRemoved, removeSource } from "./remove-source.ts";
import { restoreShard, takeShard } from "./repair.ts";
import {
  estimateReplay,
  failReplay,
  openReplays,
  replay,
  replays,
  startReplay,
  steerReplay,
} from "./replay.ts";
import { replaySlice } from "./replay-slice.ts";
import { acquireShards, recordPublished, releaseShards, renewShards, shardAnchor } from "./shard.ts";
import { readShape, someDocuments } from "./shape.ts";
import { sourceDetails } from "./source-details.ts";
import { loadSource, loadSources } from "./source.ts";
import { countSeen, openSweep } from "./sweep.ts";
import { replaceToken, storedToken } from "./token.ts";
import { pinnedTopics, pinTopic } from "./topic.ts";
import { announceWorker, retireWorker } from "./worker.ts";

/** The store on PostgreSQL 15 or newer. It connects when it is first used. @throws ConfigError when the options cannot be used. */
export function postgresStore(options: PostgresOptions): Store {
  const db = createPool(options);
  return {
    checkSchema: () => checkSchema(db),
    ensureInstallation: (wanted) => ensureInstallation(db, wanted),
    pinCluster: (clusterId) => pinCluster(db, clusterId),
    pinTopic: (topic) => pinTopic(db, topic),
    pinnedTopics: () => pinnedTopics(db),
    applySources: (sources) => applySources(db, sources),
    askIntent: (intent) => askIntent(db, intent),
    intent: (id) => readIntent(db, id),
    databaseCondition: () => databaseCondition(db),
    overview: () => overview(db),
    sourceDetails: (name) => sourceDetails(db, name),
    intents: (wanted) => intents(db, wanted),
    withdrawIntent: (withdrawn) => withdrawIntent(db, withdrawn),
    forgetAnswers: (olderThanDays) => forgetAnswers(db, olderThanDays),
    removeSource: (removed) => removeSource(db, removed),
    forgetRemoved: (limit) => forgetRemoved(db, limit),
    maintainJournal: (wanted) => maintainJournal(db, wanted),
    announceWorker: (worker) => announceWorker(db, worker),
    retireWorker: (id) => retireWorker(db, id),
    acquireShards: (wanted) => acquireShards(db, wanted),
    renewShards: (held) => renewShards(db, held),
    releaseShards: (held) => releaseShards(db, held),
    loadSources: (shards) => loadSources(db, shards),
    loadSource: (id) => loadSource(db, id),
    pendingIntents: (shards) => pendingIntents(db, shards),
    finishIntent: (done) => finishIntent(db, done),
    knownAccounts: (sourceId, asked) => knownAccounts(db, sourceId, asked),
    livingAccounts: (slice) => livingAccounts(db, slice),
    commit: (step) => commit(db, step),
    openSweep: (start) => openSweep(db, start),
    countSeen: (passId) => countSeen(db, passId),
    countAbsent: (sourceId, passId) => countAbsent(db, sourceId, passId),
    absentAccounts: (slice) => absentAccounts(db, slice),
    approvedAbsent: (slice) => approvedAbsent(db, slice),
    holds: () => holds(db),
    hold: (id, limit) => readHold(db, id, limit),
    heldAmong: (sourceId, ids) => heldAmong(db, sourceId, ids),
    approvedAccounts: (slice) => approvedAccounts(db, slice),
    holdAbsent: (absent) => holdAbsent(db, absent),
    forgetUnseen: (unseen) => forgetUnseen(db, unseen),
    shape: (sourceId) => readShape(db, sourceId),
    someDocuments: (sourceId, limit) => someDocuments(db, sourceId, limit),
    quarantined: (wanted) => quarantined(db, wanted),
    quarantinedItem: (id) => quarantinedItem(db, id),
    quarantinedAmong: (sourceId, ids) => quarantinedAmong(db, sourceId, ids),
    awaitingRedrive: (slice) => awaitingRedrive(db, slice),
    redriveProgress: (intent) => redriveProgress(db, intent),
    storedDocuments: (slice) => storedDocuments(db, slice),
    heldDocuments: (slice) => heldDocuments(db, slice),
    quarantinedRaws: (slice) => quarantinedRaws(db, slice),
    rewriteStored: (rewrite) => rewriteStored(db, rewrite),
    liveCursor: (source) => liveCursor(db, source),
    checkpoints: (wanted) => checkpoints(db, wanted),
    checkpoint: (id) => readCheckpoint(db, id),
    checkpointAt: (source, at) => checkpointAt(db, source, at),
    firstCheckpoint: (source) => firstCheckpoint(db, source),
    changesSince: (source, seq) => changesSince(db, source, seq),
    thinCheckpoints: (ages) => thinCheckpoints(db, ages),
    failPass: (failed) => failPass(db, failed),
    leaveSweep: (left) => leaveSweep(db, left),
    prunePasses: (olderThanDays) => prunePasses(db, olderThanDays),
    nextJournal: (read) => nextJournal(db, read),
    journalRow: (shard, seq) => journalRow(db, shard, seq),
    journalTopics: (shard, from) => journalTopics(db, shard, from),
    shardAnchor: (shard) => shardAnchor(db, shard),
    recordPublished: (progress) => recordPublished(db, progress),
    estimateReplay: (asked) => estimateReplay(db, asked),
    startReplay: (asked) => startReplay(db, asked),
    replays: (wanted) => replays(db, wanted),
    replay: (id) => replay(db, id),
    steerReplay: (id, verb) => steerReplay(db, id, verb),
    openReplays: (shards) => openReplays(db, shards),
    replaySlice: (slice) => replaySlice(db, slice),
    failReplay: (failed) => failReplay(db, failed),
    storedToken: (key) => storedToken(db, key),
    replaceToken: (change) => replaceToken(db, change),
    takeShard: (wanted) => takeShard(db, wanted),
    restoreShard: (lease, work) => restoreShard(db, lease, work),
    close: () => db.end(),
  };
}
