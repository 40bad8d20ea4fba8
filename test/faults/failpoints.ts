import type { Connector } from "../../src/ports/connector.ts";
import type { Brokers, ShardPublisher } from "../../src/ports/publisher.ts";
import type { Store } from "../../src/ports/store.ts";

/** Whether a worker does something with it that lasts: the others only read, or belong to commands. Every member has to be told. */
const lasts = {
  store: {
    ensureInstallation: true,
    pinCluster: true,
    pinTopic: true,
    applySources: true,
    maintainJournal: true,
    announceWorker: true,
    retireWorker: true,
    acquireShards: true,
    renewShards: true,
    releaseShards: true,
    finishIntent: true,
    commit: true,
    openSweep: true,
    failPass: true,
    prunePasses: true,
    recordPublished: true,
    checkSchema: false,
    pinnedTopics: false,
    askIntent: false,
    intent: false,
    databaseCondition: false,
    overview: false,
    loadSources: false,
    loadSource: false,
    pendingIntents: false,
    knownAccounts: false,
    livingAccounts: false,
    countSeen: false,
    countAbsent: false,
    absentAccounts: false,
    heldAmong: false,
    approvedAbsent: false,
    quarantined: false,
    quarantinedItem: false,
    quarantinedAmong: false,
    awaitingRedrive: false,
    redriveProgress: false,
    storedDocuments: false,
    heldDocuments: false,
    quarantinedRaws: false,
    // Their privacy rules never change; test/app/rewrite-stored.test.ts stops in the middle.
    rewriteStored: false,
    approvedAccounts: false,
    holds: false,
    hold: false,
    // These upstreams never delete too much; test/app/hold-deletes.test.ts loses the answer.
    holdAbsent: false,
    // Nor do they show so much that is new: test/app/hold-inserts.test.ts does.
    forgetUnseen: false,
    shape: false,
    someDocuments: false,
    sourceDetails: false,
    intents: false,
    // Operators do that, and no worker.
    withdrawIntent: false,
    // What is forgotten is told nobody.
    forgetAnswers: false,
    removeSource: false,
    forgetRemoved: false,
    // They all offer sweeps; test/app/swept-source.test.ts tells of those that do not.
    leaveSweep: false,
    liveCursor: false,
    checkpoints: false,
    checkpoint: false,
    checkpointAt: false,
    firstCheckpoint: false,
    changesSince: false,
    thinCheckpoints: true,
    nextJournal: false,
    journalRow: false,
    journalTopics: false,
    shardAnchor: false,
    takeShard: false,
    restoreShard: false,
    estimateReplay: false,
    startReplay: false,
    replays: false,
    replay: false,
    steerReplay: false,
    openReplays: false,
    // Nothing is replayed here; test/app/replay-journal.test.ts loses the answers.
    replaySlice: false,
    failReplay: false,
    // These workers' upstream needs no tokens.
    storedToken: false,
    replaceToken: false,
    close: false,
  } satisfies Record<keyof Store, boolean>,
  brokers: {
    ensureTopics: true,
    clusterId: false,
    logEnd: false,
    maxBatchBytes: false,
    readShard: false,
    close: false,
  } satisfies Record<keyof Brokers, boolean>,
  publisher: { open: true, publish: true, close: true } satisfies Record<keyof ShardPublisher, boolean>,
  /** What it fetches is lost when it is not committed; each page of a pass counts. */
  connector: {
    poll: true,
    sweep: true,
    get: true,
    canPoll: false,
    cursorVersion: false,
    cursorFaults: false,
    lookBack: false,
    checkSettings: false,
    name: false,
    settings: false,
    deletes: false,
    volatile: false,
    defaults: false,
  } satisfies Record<keyof Connector, boolean>,
};

export type Port = keyof typeof lasts;

/** The steps inside a publisher's transaction, which a proxy in front of Kafka sees. */
export const transactionSteps = [
  "InitProducerId",
  "AddOffsetsToTxn",
  "TxnOffsetCommit",
  "AddPartitionsToTxn",
  "Produce",
  "EndTxn",
] as const;

/** Such as `before:store.commit`: the moments between which a worker does what lasts. */
export const failpoints: readonly string[] = Object.entries(lasts).flatMap(([port, members]) =>
  Object.entries(members)
    .filter(([, itLasts]) => itLasts)
    .flatMap(([member]) => [`before:${port}.${member}`, `after:${port}.${member}`]),
);
