import { describe, expect, test } from "vitest";
import { type Findings, type StartDecision, decideStart } from "../../src/core/startup.ts";

type Position = NonNullable<Findings["position"]>;
type RefusalCode = Extract<StartDecision, { do: "refuse" }>["code"];
type Outcome = Exclude<StartDecision, { do: "refuse" }> | { refuse: RefusalCode };

const place: Findings = {
  shard: 5,
  cluster: { pinned: "c1", found: "c1" },
  topics: [
    { name: "tidemark.progress", pinned: 32, found: 32 },
    { name: "accounts", pinned: 6, found: 6 },
  ],
  journalId: "j1",
  position: null,
};
const otherCluster: Findings = { ...place, cluster: { pinned: "c1", found: "c2" } };
const otherPartitions: Findings = { ...place, topics: [{ name: "accounts", pinned: 6, found: 12 }] };

/** A shard that has published 1 to 40 of its 50 events. */
const fine: Position = {
  progress: { next: "41", meta: { j: "j1", bn: "n40" } },
  anchor: { lastSeq: "50", publishedSeq: "40", seeded: true },
  nonceBefore: "n40",
  emptyPartition: null,
};
/** A shard that has never published any of its 50 events. */
const fresh: Position = {
  progress: { next: null, meta: null },
  anchor: { lastSeq: "50", publishedSeq: "0", seeded: false },
  nonceBefore: null,
  emptyPartition: null,
};

/** The same shard with another position in Kafka, and the journal agreeing on the batch before it. */
function at(position: Position, next: string, nonce: string | null): Position {
  return { ...position, progress: { next, meta: { j: "j1", bn: nonce } }, nonceBefore: nonce };
}

function anchored(position: Position, anchor: Partial<Position["anchor"]>): Position {
  return { ...position, anchor: { ...position.anchor, ...anchor } };
}

function outcomeOf(found: Findings): Outcome {
  const decision = decideStart(found);
  return decision.do === "refuse" ? { refuse: decision.code } : decision;
}

describe("a shard in its right place", () => {
  const lost = fresh.progress;
  const table: [row: string, position: Position | null, outcome: Outcome][] = [
    ["is opened before its position is known", null, { do: "open" }],
    ["is seeded when it never published", anchored(fresh, { lastSeq: "0" }), { do: "seed" }],
    ["is seeded when it never published, whatever waits in the journal", fresh, { do: "seed" }],
    ["resumes where it was left", fine, { do: "resume", next: "41" }],
    [
      "resumes after a crash between Kafka's commit and our note",
      at(fine, "46", "n45"),
      { do: "resume", next: "46" },
    ],
    ["resumes at the journal's end", at(fine, "51", "n50"), { do: "resume", next: "51" }],
    ["resumes after a crash between seeding and our note", at(fresh, "1", null), { do: "resume", next: "1" }],
    [
      "resumes when only seeded",
      anchored(at(fresh, "1", null), { seeded: true }),
      { do: "resume", next: "1" },
    ],
    [
      "asks the topics when its position is lost, although nothing was published",
      anchored(fresh, { seeded: true }),
      { do: "recover" },
    ],
    ["asks the topics when its position is lost", { ...fine, progress: lost }, { do: "recover" }],
    [
      "is refused when nothing was ever written where its last event was published",
      { ...fine, emptyPartition: "accounts/2" },
      { refuse: "TIDEMARK_TOPIC_MISSING" },
    ],
    [
      "is refused when the position is another journal's",
      { ...fine, progress: { next: "41", meta: { j: "j2", bn: "n40" } } },
      { refuse: "TIDEMARK_OTHER_JOURNAL" },
    ],
    ["is refused below what was published", at(fine, "40", "n39"), { refuse: "TIDEMARK_KAFKA_WENT_BACK" }],
    ["is refused beyond the journal's end", at(fine, "52", "n51"), { refuse: "TIDEMARK_DATABASE_WENT_BACK" }],
    [
      "is refused beyond the journal's end by one, where numbers are too large for floating point",
      anchored(at(fine, "9007199254740994", "n"), { lastSeq: "9007199254740992" }),
      { refuse: "TIDEMARK_DATABASE_WENT_BACK" },
    ],
    [
      "is refused when the journal has another batch there",
      { ...fine, nonceBefore: "n40 anew" },
      { refuse: "TIDEMARK_HISTORY_FORKED" },
    ],
    [
      "is refused when the journal has another batch there, although both end there",
      { ...at(fine, "51", "n50"), nonceBefore: "n50 anew" },
      { refuse: "TIDEMARK_HISTORY_FORKED" },
    ],
    [
      "is refused when the journal's batch is not known",
      { ...fine, nonceBefore: null },
      { refuse: "TIDEMARK_HISTORY_FORKED" },
    ],
    [
      "is refused when Kafka's batch is not known",
      { ...fine, progress: { next: "41", meta: null } },
      { refuse: "TIDEMARK_HISTORY_FORKED" },
    ],
  ];

  test.each(table)("%s", (_row, position, outcome) => {
    expect(outcomeOf({ ...place, position })).toEqual(outcome);
  });
});

describe("a shard in another place", () => {
  test.each([
    ["cluster", otherCluster, "TIDEMARK_OTHER_CLUSTER"],
    ["number of partitions", otherPartitions, "TIDEMARK_TOPIC_PARTITIONS"],
  ] as const)(
    "(%s) is refused, whatever its position: neither opened nor seeded nor resumed",
    (_what, found, code) => {
      const wrong = { ...fine, progress: { next: "40", meta: { j: "j2", bn: "other" } } };
      for (const position of [null, fresh, fine, wrong]) {
        expect(outcomeOf({ ...found, position })).toEqual({ refuse: code });
      }
    },
  );

  test("is told by any of its topics", () => {
    const topics = [...place.topics, { name: "more", pinned: 6, found: 5 }];
    expect(outcomeOf({ ...place, topics })).toEqual({ refuse: "TIDEMARK_TOPIC_PARTITIONS" });
  });
});

test("where several things are wrong, the one that explains the others is named", () => {
  const wrong = { cluster: true, partitions: true, journal: true, behind: true, forked: true };
  const order: [keyof typeof wrong, RefusalCode][] = [
    ["cluster", "TIDEMARK_OTHER_CLUSTER"],
    ["partitions", "TIDEMARK_TOPIC_PARTITIONS"],
    ["journal", "TIDEMARK_OTHER_JOURNAL"],
    ["behind", "TIDEMARK_KAFKA_WENT_BACK"],
    ["forked", "TIDEMARK_HISTORY_FORKED"],
  ];
  const found = (): Findings => ({
    ...place,
    cluster: wrong.cluster ? otherCluster.cluster : place.cluster,
    topics: wrong.partitions ? otherPartitions.topics : place.topics,
    position: {
      ...fine,
      progress: {
        next: wrong.behind ? "40" : "41",
        meta: { j: wrong.journal ? "j2" : "j1", bn: wrong.forked ? "other" : "n40" },
      },
    },
  });
  for (const [what, code] of order) {
    expect(outcomeOf(found())).toEqual({ refuse: code });
    wrong[what] = false;
  }
  expect(outcomeOf(found())).toEqual({ do: "resume", next: "41" });
});

test.each<[found: Findings, why: string]>([
  [otherCluster, "the brokers belong to cluster c2, this installation to c1"],
  [otherPartitions, "topic accounts has 12 partitions instead of 6"],
  [
    { ...place, position: { ...fine, emptyPartition: "accounts/2" } },
    "event 40 of shard 5 was published to accounts/2, to which nothing was ever written: its topic was created anew",
  ],
  [
    { ...place, journalId: "j9", position: fine },
    "the position of shard 5 was written from journal j1, this one is j9",
  ],
  [{ ...place, position: at(fine, "40", "n39") }, "Kafka has shard 5 up to 39, but 40 was published"],
  [{ ...place, position: at(fine, "52", "n51") }, "Kafka has shard 5 up to 51, but the journal ends at 50"],
  [
    { ...place, position: { ...fine, nonceBefore: null } },
    "event 40 of shard 5 in Kafka comes from another batch than the one in the journal",
  ],
])("refusal %# says what was found", (found, why) => {
  expect(decideStart(found)).toMatchObject({ do: "refuse", why });
});
