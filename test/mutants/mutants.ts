import { givingWay } from "./giving-way.ts";
import { hiding } from "./hiding.ts";
import { limiting } from "./limiting.ts";
import { lookingBack } from "./looking-back.ts";
import { authorising } from "./authorising.ts";
import type { Mutant } from "./mutant.ts";
import { quarantining } from "./quarantining.ts";
import { rewinding } from "./rewinding.ts";
import { consuming } from "./consuming.ts";
import { diffing } from "./diffing.ts";
import { snapshotting } from "./snapshotting.ts";
import { watching } from "./watching.ts";

const publishing: Mutant[] = [
  {
    name: "no barrier",
    breaks: "a position is read before it is certain that every commit of a predecessor shows in it",
    file: "src/kafka/read-progress.ts",
    edits: [["if (committed(names.barrierPartition)?.offset === nonce)", "if (topic !== undefined)"]],
    killer: { seeds: 2_000 },
  },
  {
    name: "abort and continue",
    breaks: "a producer that has failed is never used again",
    file: "src/kafka/shard-publisher.ts",
    edits: [
      [
        'step("publishing with", async () => {',
        'step("publishing with", async function again(): Promise<void> {',
      ],
      [
        "await transaction.sendBatch(produced);",
        `try {
          await transaction.sendBatch(produced);
        } catch {
          await transaction.abort();
          return again();
        }`,
      ],
    ],
    killer: { seeds: 2_000 },
  },
  {
    name: "produce retried",
    breaks: "a produce request is sent once, because kafkajs can write a repeated one twice",
    file: "src/kafka/shard-publisher.ts",
    edits: [["retry: { retries: 0 }", "retry: { retries: 5 }"]],
    killer: { seeds: 6_000 },
  },
  {
    name: "position in a transaction of its own",
    breaks: "records and the position after them are committed together",
    file: "src/kafka/shard-publisher.ts",
    edits: [
      [
        "const transaction = await producer.transaction();",
        `const before = await producer.transaction();
        const position = { partition: names.positionPartition, offset: batch.next };
        await commitOffset(before, { ...position, metadata: JSON.stringify(batch.meta) });
        await before.commit();
        const transaction = await producer.transaction();`,
      ],
    ],
    killer: { seeds: 2_000 },
  },
  {
    name: "cache written before Kafka",
    breaks: "Postgres is told what is published after Kafka has committed it",
    file: "src/app/publish-shard.ts",
    edits: [
      [
        "await publishTo(position, records, publisher, { shard, publication });",
        "await recordPosition(shard, position, ports);\n    await publishTo(position, records, publisher, { shard, publication });",
      ],
    ],
    killer: { seeds: 2_000 },
  },
  {
    name: "seeded shard restarted at 1",
    breaks: "a shard that has published never begins anew because its position is gone",
    file: "src/core/startup.ts",
    edits: [['anchor.seeded ? { do: "recover" }', 'anchor.seeded ? { do: "seed" }']],
    killer: { seeds: 2_000 },
  },
  {
    name: "another history resumed",
    breaks: "a shard is refused whose last published event is not the one in its journal",
    file: "src/core/startup.ts",
    edits: [["|| progress.meta.bn !== position.nonceBefore", ""]],
    killer: { tests: ["test/core/startup.test.ts"] },
  },
  {
    name: "handover not verified",
    breaks: "rows handed over in memory are published only while the database still holds them",
    file: "src/app/publish-shard.ts",
    edits: [["stored !== null && stored.batchNonce === newest?.batchNonce", "handed.length > 0"]],
    killer: { tests: ["test/app/publish-shard.test.ts"] },
  },
  {
    name: "event sent whole whatever its size",
    breaks: "an event that its topic does not take is published as a pointer",
    file: "src/core/event-record.ts",
    edits: [["isTooLarge(row.value, maxBatchBytes) ? pointerTo(row) : row.value", "row.value"]],
    killer: { tests: ["test/app/publish-oversize.test.ts"] },
  },
  {
    name: "limit believed after a refusal",
    breaks: "a topic's limit is asked for again when the broker refuses an event",
    file: "src/app/publish-shard.ts",
    edits: [
      [
        "if (isRefused) await publication.topics.refreshLimits",
        "if (failures < 0) await publication.topics.refreshLimits",
      ],
    ],
    killer: { tests: ["test/app/publish-oversize.test.ts"] },
  },
];

const owning: Mutant[] = [
  {
    name: "term left out of the commit",
    breaks: "only the current owner of a shard commits for it",
    file: "src/postgres/commit.ts",
    edits: [["term = $2::bigint", "$2::bigint is not null"]],
    killer: { tests: ["test/postgres/fencing.servers.test.ts"] },
  },
  {
    name: "term left out, in the model",
    breaks: "only the current owner of a shard commits for it",
    file: "test/support/memory-store-passes.ts",
    edits: [['if (!isCurrent(state, step)) return { kind: "term-lost" };', ""]],
    killer: { seeds: 2_000 },
  },
  {
    name: "revision left out of the commit",
    breaks: "a step is committed only on the state that it was decided from",
    file: "src/postgres/commit.ts",
    edits: [["and revision = $4::bigint", "and $4::bigint is not null"]],
    killer: { tests: ["test/postgres/fencing.servers.test.ts"] },
  },
  {
    name: "revision left out, in the model",
    breaks: "a step is committed only on the state that it was decided from",
    file: "test/support/memory-store-passes.ts",
    edits: [["source.revision !== step.revision || ", ""]],
    killer: { seeds: 2_000 },
  },
  {
    name: "terms counted",
    breaks: "a database that was restored gives no term a second time",
    file: "src/postgres/fencing-numbers.ts",
    edits: [["(extract(epoch from now()) * 1000)::bigint", "0"]],
    killer: { tests: ["test/postgres/fencing.servers.test.ts"] },
  },
  {
    name: "lease check removed",
    breaks: "a worker whose lease has run out while it slept does not commit to Kafka",
    file: "src/app/publish-shard.ts",
    edits: [["mayCommit: shard.mayCommit", "mayCommit: () => true"]],
    killer: { tests: ["test/app/lease-runs-out.test.ts"] },
  },
  {
    name: "lease check not asked",
    breaks: "the publisher asks for the lease between the records and the commit",
    file: "src/kafka/shard-publisher.ts",
    edits: [["if (!batch.mayCommit())", "if (batch.records === null)"]],
    killer: { tests: ["test/contract/publisher-kafka.servers.test.ts"] },
  },
  {
    name: "sleeper's contradiction believed",
    breaks: "what is found without a lease loses the shard instead of ending the worker",
    file: "src/app/publish-shard.ts",
    edits: [["if (!shard.mayCommit()) shard.lose();", ""]],
    killer: { tests: ["test/app/publish-shard.test.ts"] },
  },
];

const polling: Mutant[] = [
  {
    name: "no overlap at the watermark",
    breaks: "a change that becomes visible late is read all the same",
    file: "src/connectors/sailpoint/poll.ts",
    edits: [["overlapMs = 300_000", "overlapMs = 0"]],
    killer: { tests: ["test/connectors/sailpoint-poll.test.ts"] },
  },
  {
    name: "cursor before the journal",
    breaks: "the cursor does not move without what lies before it",
    file: "src/app/poll-source.ts",
    edits: [
      [
        "let outcome = await commitPage(pass, page);",
        `await commitStep(pass, { ...emptyStep(pass), cursor: page.cursor });
      let outcome = await commitPage(pass, page);`,
      ],
    ],
    killer: { seeds: 2_000 },
  },
  {
    name: "cursor after the journal",
    breaks: "the cursor is committed with the page that it follows",
    file: "src/app/poll-source.ts",
    edits: [
      [
        "let outcome = await commitPage(pass, page);",
        `const { cursor, ...rest } = page;
      let outcome = await commitPage(pass, rest);
      if (outcome !== "nothing-to-commit" && outcome.kind === "committed")
        outcome = await commitStep(pass, { ...emptyStep(pass), cursor });`,
      ],
    ],
    killer: { tests: ["test/app/poll-source.test.ts"] },
  },
  {
    name: "quarantine dropped",
    breaks: "what cannot be understood is kept",
    file: "src/app/decide-page.ts",
    edits: [["let rejected = refused;", "let rejected: typeof refused = [];"]],
    killer: { tests: ["test/app/poll-source.test.ts"] },
  },
  {
    name: "decided too early",
    breaks: "a page is compared with what the page before it left",
    file: "src/app/decide-page.ts",
    edits: [["ids.isDisjointFrom(before)", "true"]],
    killer: { tests: ["test/app/poll-source.test.ts"] },
  },
  {
    name: "delete guard off",
    breaks: "more deletes than the limit wait for a person",
    file: "src/core/guard.ts",
    edits: [["if (counted <= limit) return null;", "if (counted > 0) return null;"]],
    killer: { tests: ["test/app/hold-deletes.test.ts"] },
  },
];

const sweeping: Mutant[] = [
  {
    name: "truncated list believed",
    breaks: "a list that ends before the upstream's own count proves nothing",
    file: "src/connectors/sailpoint/sweep.ts",
    edits: [["if (step.isLast && !step.isProven)", "if (step.isLast && step.place.total === null)"]],
    killer: { tests: ["test/connectors/sailpoint-odd-answers.test.ts"] },
  },
  {
    name: "partial sweep may delete",
    breaks: "absence is judged only after the connector has said that it saw everything",
    file: "src/app/sweep-source.ts",
    edits: [["end?.complete !== true", "end === null"]],
    killer: { tests: ["test/app/sweep-source.test.ts"] },
  },
  {
    name: "staging not checked again",
    breaks: "accounts are not absent because a crash has emptied the staging in the middle of the sweep",
    file: "src/app/settle-absent.ts",
    edits: [["await checkStaging(pass, stored.openSweep);", ""]],
    killer: { tests: ["test/app/sweep-source.test.ts"] },
  },
  {
    name: "absent counted before the look-up",
    breaks: "only what a look-up confirms to be gone counts against the limit of deletes",
    file: "src/app/judge-absent.ts",
    edits: [
      [
        "for (const one of gone)",
        "for (const one of ids.map((id) => ({ id, gone: true as const, at: null })))",
      ],
    ],
    killer: { tests: ["test/app/hold-deletes.test.ts"] },
  },
  {
    name: "seen since the look-up",
    breaks: "what was observed after it was looked up is not taken for gone",
    file: "src/app/pass.ts",
    edits: [["lane.judgement?.gone.delete(id)", "void id"]],
    killer: { tests: ["test/app/hold-deletes.test.ts"] },
  },
  {
    name: "empty sweep believed",
    breaks: "a sweep that saw nothing of a source with accounts waits for a person",
    file: "src/app/settle-absent.ts",
    edits: [["stored.openSweep.observed === 0", "absent < 0"]],
    killer: { tests: ["test/app/hold-deletes.test.ts"] },
  },
  {
    name: "tombstone believed on hold",
    breaks: "what is on hold is deleted only after a person has approved it",
    file: "src/core/while-on-hold.ts",
    edits: [['if (held.hash === null) return !("gone" in one);', "if (held.hash === null) return true;"]],
    killer: { tests: ["test/app/hold-deletes.test.ts"] },
  },
  {
    name: "older document on hold kept",
    breaks: "a new account on hold is published as it was observed last",
    file: "src/core/while-on-hold.ts",
    edits: [["held.hash !== newest.hash", "held.hash === newest.hash"]],
    killer: { tests: ["test/app/hold-inserts.test.ts"] },
  },
  {
    name: "inserts not withheld",
    breaks: "what goes on hold is not published as well",
    file: "src/core/withhold.ts",
    edits: [
      ['"gone" in one === (op === "inserted")', '"gone" in one === (op === "inserted") || op === "inserted"'],
    ],
    killer: { tests: ["test/app/hold-inserts.test.ts"] },
  },
  {
    name: "approval without a look at what came back",
    breaks: "approval deletes only what is then still gone",
    file: "src/app/carry-out-holds.ts",
    edits: [
      [
        "await connector.get(ids, context)",
        "{ observations: ids.map((id) => ({ id, gone: true as const, at: null })), rejected: [] }",
      ],
    ],
    killer: { tests: ["test/app/carry-out-holds.test.ts"] },
  },
  {
    name: "undecided deletes carried out",
    breaks: "only approved holds are carried out",
    file: "src/postgres/hold.ts",
    edits: [["and state = 'approved'", "and state <> 'rejected'"]],
    killer: { tests: ["test/postgres/store.servers.test.ts"] },
  },
  {
    name: "held without staging",
    breaks: "accounts do not go on hold because a crash has emptied the staging",
    file: "src/postgres/hold-unseen.ts",
    edits: [["and seen = (select count(*)", "and 0 <= (select count(*)"]],
    killer: { tests: ["test/postgres/pass-rows.servers.test.ts"] },
  },
  {
    name: "polls not staged",
    breaks: "an account that a poll has seen while a sweep is open is not absent",
    file: "src/app/commit-page.ts",
    edits: [
      [
        "= lane.source.openSweep?.passId;",
        '= pass.kind === "sweep" ? lane.source.openSweep?.passId : undefined;',
      ],
    ],
    killer: { tests: ["test/app/sweep-source.test.ts"] },
  },
  {
    name: "sweep does not give way",
    breaks: "a sweep gives way to a poll that is due",
    file: "src/app/take-turn.ts",
    edits: [['(turn === "replay" ? feedDueAt(due) : due.pollDueAtMs) <= nowMs', "false"]],
    killer: { tests: ["test/app/sweep-source.test.ts"] },
  },
];

/** What a sceptic would break: each must be noticed by the test that is named, or by the model. */
export const mutants: readonly Mutant[] = [
  ...publishing,
  ...owning,
  ...polling,
  ...sweeping,
  ...quarantining,
  ...hiding,
  ...lookingBack,
  ...rewinding,
  ...snapshotting,
  ...consuming,
  ...limiting,
  ...givingWay,
  ...watching,
  ...diffing,
  ...authorising,
];
