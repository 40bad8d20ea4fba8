import { expect, test } from "vitest";
import { previewSource } from "../../src/app/preview-source.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import type { Observation } from "../../src/core/account.ts";
import { RetryableError, SourceHaltedError } from "../../src/core/errors.ts";
import type { Preview, PreviewAnswer } from "../../src/core/preview.ts";
import type { SourceConfig } from "../../src/ports/store.ts";
import { settled } from "../support/manual-clock.ts";
import { laneHarness } from "../support/lane-harness.ts";
import { seen } from "../support/scripted-connector.ts";

const gone = (id: string): Observation => ({ id, gone: true, at: null });

/** A source that was polled once and knows these accounts. */
async function loaded(ids: readonly string[], changes: Partial<SourceConfig> = {}) {
  const harness = await laneHarness(changes);
  const { lane, ports, script, store } = harness;
  const page = { observations: ids.map((id) => seen(id, { displayName: "before" })), cursor: "live" };
  if (changes.everyMs === null) script.sweeps.push({ pages: [page] });
  else script.polls.push({ pages: [page] });
  await takeTurn(lane, changes.everyMs === null ? "sweep" : "poll", ports);
  return {
    ...harness,
    /** Everything that the store holds. */
    stored: () => {
      const { now: _now, newRevision: _newRevision, ...held } = store.state;
      return structuredClone(held);
    },
    async answer(): Promise<PreviewAnswer> {
      return (await previewSource(lane, ports))?.answer as PreviewAnswer;
    },
    async preview(): Promise<Preview> {
      const answer = (await previewSource(lane, ports))?.answer as PreviewAnswer;
      if ("failure" in answer) throw new Error(answer.failure.message);
      return answer.preview;
    },
  };
}

test("a preview tells what a poll would publish, and the poll publishes just that; nothing is stored before", async () => {
  const { preview, script, stored, lane, ports, events, journal } = await loaded(["a", "b", "c"]);
  const pages = [
    { observations: [seen("a", { displayName: "after" }), seen("new")], cursor: "next" },
    // An account that is on two pages is compared with what the first has left.
    { observations: [gone("b"), seen("c", { displayName: "before" }), gone("new")], cursor: "end" },
  ];
  script.polls.push({ pages }, { pages });
  const before = stored();
  const told = await preview();
  expect(stored()).toEqual(before);
  expect(script.asked.polls).toEqual([null, "live"]);
  expect(told).toMatchObject({
    kind: "poll",
    pages: 2,
    observed: 5,
    isWhole: true,
    halts: null,
    rejected: 0,
  });
  expect(told).toMatchObject({ inserted: 1, updated: 1, deleted: 2, unchanged: 1, held: 0, holds: [] });
  expect(told.events.map(({ op, id, version }) => `${op} ${id} v${version}`)).toEqual([
    "updated a v2",
    "inserted new v1",
    "deleted b v2",
    "deleted new v2",
  ]);
  expect(told.events[0]).toMatchObject({
    changed: ["displayName"],
    before: { id: "a", displayName: "before" },
    after: { id: "a", displayName: "after" },
  });

  await takeTurn(lane, "poll", ports);
  expect(script.asked.polls).toEqual([null, "live", "live"]);
  expect((await events()).slice(3)).toEqual(
    told.events.map(({ op, id, version }) => `${op} ${id} v${version}`),
  );
  const [first] = (await journal()).slice(3);
  expect(JSON.parse(first?.value ?? "")).toMatchObject({ after: told.events[0]?.after });
});

test("what would wait for a person is told apart from what would be published", async () => {
  const ids = Array.from({ length: 5 }, (_, n) => `a${n}`);
  const { preview, script, stored } = await loaded(ids, { deleteLimit: 2 });
  const before = stored();
  script.polls.push({ pages: [{ observations: [...ids.map(gone), seen("b")], cursor: 2 }] });
  const told = await preview();
  expect(told).toMatchObject({ deleted: 0, inserted: 1, held: 5 });
  expect(told.holds).toMatchObject([{ reason: "too-many-deletes", accounts: 5 }]);
  expect(told.events.map(({ op }) => op)).toEqual(["inserted"]);
  expect(stored()).toEqual(before);
});

test("items that are not understood are told with their reasons, and that they would halt the source", async () => {
  const { preview, script, stored } = await loaded(["a"], { rejectLimit: 1 });
  const before = stored();
  const rejected = ["x", "y"].map((id) => ({
    raw: { id, ssn: "078-05-1120" },
    accountId: id,
    reason: "no name",
  }));
  script.polls.push({ pages: [{ observations: [], rejected, cursor: 2 }] });
  const told = await preview();
  expect(told).toMatchObject({
    rejected: 2,
    reasons: ["no name"],
    halts: "2 items could not be understood",
  });
  expect(JSON.stringify(told), "what they say stays with the upstream").not.toContain("078-05");
  expect(stored()).toEqual(before);
});

test("it reads five pages, or 1,000 accounts, and says that there is more", async () => {
  const { preview, script } = await loaded([]);
  const page = (n: number) => ({ observations: [seen(`p${n}`)], cursor: n });
  script.polls.push({ pages: Array.from({ length: 7 }, (_, n) => page(n)) });
  expect(await preview()).toMatchObject({ pages: 5, inserted: 5, isWhole: false });
  const many = Array.from({ length: 600 }, (_, n) => seen(`m${n}`));
  const others = many.map(({ id }) => seen(`o${id}`));
  script.polls.push({
    pages: [
      { observations: many, cursor: 1 },
      { observations: others, cursor: 2 },
      { observations: [seen("z")], cursor: 3 },
    ],
  });
  const told = await preview();
  expect(told).toMatchObject({ pages: 2, observed: 1_200, isWhole: false });
  expect(told.events).toHaveLength(20);
});

test("documents that are too large for an answer are left out, the events are told", async () => {
  const { answer, script } = await loaded([]);
  const large = Array.from({ length: 20 }, (_, n) => seen(`l${n}`, { displayName: "x".repeat(10_000) }));
  script.polls.push({ pages: [{ observations: large, cursor: 1 }] });
  const told = await answer();
  expect(JSON.stringify(told).length).toBeLessThan(64 * 1_024);
  const events = "preview" in told ? told.preview.events : [];
  expect(events).toHaveLength(20);
  expect(events.filter(({ after }) => after !== undefined).length).toBe(4);
});

test("a source that is never polled is read as a sweep from its beginning; what it has not seen is not absent", async () => {
  const { preview, script, stored } = await loaded(["a", "b"], { everyMs: null });
  const before = stored();
  script.sweeps.push({ pages: [{ observations: [seen("a", { displayName: "after" })], cursor: 9 }] });
  expect(await preview()).toMatchObject({ kind: "sweep", updated: 1, deleted: 0, isWhole: true });
  expect(script.asked.sweeps).toEqual([null, null]);
  expect(stored(), "no sweep was opened").toEqual(before);
});

test.each([
  [
    "a refusal",
    new SourceHaltedError("TIDEMARK_UPSTREAM_UNAUTHORIZED", "401"),
    "TIDEMARK_UPSTREAM_UNAUTHORIZED",
  ],
  ["an outage", new RetryableError("TIDEMARK_UPSTREAM_UNAVAILABLE", "503"), "TIDEMARK_UPSTREAM_UNAVAILABLE"],
  ["a connector's mistake", new TypeError("undefined is not a function"), "TIDEMARK_CONNECTOR_FAILED"],
])("%s of the upstream is the answer, and no failure of the source", async (_what, error, code) => {
  const { answer, script, stored, log } = await loaded(["a"]);
  const before = stored();
  script.polls.push({ pages: [], error });
  expect(await answer()).toMatchObject({ failure: { code, whatToDo: expect.stringMatching(/\w/) } });
  expect(stored()).toEqual(before);
  expect(log.lines.filter(({ level }) => level === "error")).toEqual([]);
});

test("a paused or halted source is previewed, too: that is how a person sees what would come", async () => {
  const { preview, script, store } = await loaded(["a"]);
  Object.assign(store.state.sources.get(1) ?? {}, { state: "paused" });
  script.polls.push({ pages: [{ observations: [seen("b")], cursor: 1 }] });
  expect(await preview()).toMatchObject({ inserted: 1 });
});

test("an upstream that does not answer is given up after 30 s", async () => {
  const { lane, ports, script, clock } = await loaded(["a"]);
  const hung = Promise.withResolvers<void>();
  script.polls.push({ pages: [{ observations: [], cursor: 1 }], before: () => hung.promise });
  const answering = previewSource(lane, ports);
  await settled();
  await clock.advance(30_000);
  // As the HTTP client does when the signal is aborted.
  hung.reject(new Error("aborted"));
  expect(await answering).toMatchObject({
    answer: { failure: { code: "TIDEMARK_UPSTREAM_UNAVAILABLE", message: expect.stringContaining("30 s") } },
  });
});

test("so is one whose connector does not listen to its signal", async () => {
  const { lane, ports, script, clock } = await loaded(["a"]);
  const forEver = new Promise<void>(() => {});
  script.polls.push({ pages: [{ observations: [], cursor: 1 }], before: () => forEver });
  const answering = previewSource(lane, ports);
  await settled();
  await clock.advance(30_000);
  expect(await answering).toMatchObject({ answer: { failure: { code: "TIDEMARK_UPSTREAM_UNAVAILABLE" } } });
});

test("a shard that is given up meanwhile leaves the question to its next owner", async () => {
  const { lane, ports, script, shard } = await loaded(["a"]);
  script.polls.push({ pages: [], error: new Error("aborted"), before: () => {} });
  shard.release();
  expect(await previewSource(lane, ports)).toBeNull();
});

const privacy = { keep: [], hash: [], mask: [], drop: ["displayName"], strict: false };

test("under privacy rules that are not applied to what is stored yet, it says so instead of guessing", async () => {
  const { lane, ports, script, store } = await loaded(["a"], { privacy });
  expect(store.state.sources.get(1)?.privacyApplied).not.toBeNull();
  script.polls.push({ pages: [{ observations: [seen("b", { displayName: "secret" })], cursor: 1 }] });
  const told = await previewSource(lane, ports);
  expect(JSON.stringify(told)).not.toContain("secret");
  Object.assign(store.state.sources.get(1) ?? {}, { privacyApplied: null });
  expect(await previewSource(lane, ports)).toMatchObject({
    outcome: expect.stringMatching(/^refused: .*privacy.*: tidemark source poll acme$/),
  });
});
