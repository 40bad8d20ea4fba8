import type { ControlStore, EndedPass } from "../../src/ports/store.ts";
import { loaded } from "./memory-store-passes.ts";
import { type MemoryPass, type MemoryState, type Part, bumpConfigRevision } from "./memory-store-state.ts";

const told = 5;

export function memoryControl(state: MemoryState): Part<ControlStore> {
  const newestFirst = () => [...state.intents.values()].sort((a, b) => Number(b.id) - Number(a.id));
  return {
    sourceDetails: (name) => {
      const source = [...state.sources.values()].find((one) => one.name === name && !one.isRemoved);
      if (source === undefined) return null;
      const passes = [...state.passes.values()].filter(({ sourceId }) => sourceId === source.id);
      return {
        source: loaded(state, source),
        passes: passes
          .sort((a, b) => Number(b.id) - Number(a.id))
          .flatMap(endedPass)
          .slice(0, told),
        intents: newestFirst()
          .filter(({ sourceId, verb }) => sourceId === source.id && verb !== "check")
          .slice(0, told),
      };
    },
    intents: (wanted) => {
      const pending = newestFirst().filter(({ doneAt }) => doneAt === null);
      const done = newestFirst().filter(({ doneAt, verb }) => doneAt !== null && verb !== "check");
      return [...pending.toReversed(), ...done.slice(0, wanted.done)];
    },
    withdrawIntent: ({ id, actor }) => {
      const intent = state.intents.get(id);
      if (intent === undefined || intent.doneAt !== null) return false;
      const doneAt = new Date(state.now()).toISOString();
      Object.assign(intent, { doneAt, outcome: `withdrawn by ${actor}` });
      bumpConfigRevision(state);
      return true;
    },
    forgetAnswers: (olderThanDays) => {
      const before = state.now() - olderThanDays * 86_400_000;
      const old = [...state.intents.values()].filter(
        ({ answer, verb, doneAt }) =>
          (answer !== null || verb === "check") && doneAt !== null && Date.parse(doneAt) < before,
      );
      for (const intent of old) {
        if (intent.verb === "check") state.intents.delete(intent.id);
        else intent.answer = null;
      }
      return old.length;
    },
    removeSource: ({ name, actor }) => {
      const source = [...state.sources.values()].find((one) => one.name === name && !one.isRemoved);
      if (source === undefined) return "no-such-source";
      if (source.state === "running") return "running";
      Object.assign(source, {
        isRemoved: true,
        state: "paused",
        haltedCode: null,
        haltedReason: null,
        lastError: null,
        settings: {},
        settingsVersion: source.settingsVersion + 1,
        privacy: null,
        privacyApplied: null,
        cursor: null,
        cursorMovedAt: null,
        isLoaded: false,
        population: 0,
        activity: [],
        revision: state.newRevision(),
      });
      const doneAt = new Date(state.now()).toISOString();
      for (const intent of state.intents.values())
        if (intent.sourceId === source.id && intent.doneAt === null)
          Object.assign(intent, { doneAt, outcome: `withdrawn by ${actor}` });
      for (const replay of state.replays.values()) {
        const parts = [...state.replayParts.values()].filter(({ replayId }) => replayId === replay.id);
        const isOpen = replay.endedAt === null && parts.some(({ endedAt }) => endedAt === null);
        if (replay.sourceId === source.id && replay.kind !== "journal" && isOpen)
          Object.assign(replay, { state: "failed", detail: "its source was removed", endedAt: state.now() });
      }
      bumpConfigRevision(state);
      return "removed";
    },
    forgetRemoved: (limit) => {
      const gone = new Set(
        [...state.sources.values()].flatMap(({ id, isRemoved }) => (isRemoved ? [id] : [])),
      );
      let forgotten = 0;
      for (const [id, accounts] of state.accounts) {
        if (!gone.has(id)) continue;
        for (const account of [...accounts.keys()].slice(0, limit)) {
          accounts.delete(account);
          forgotten += 1;
        }
      }
      for (const rows of [state.heldChanges, state.quarantine, state.passes, state.checkpoints]) {
        for (const [key, { sourceId }] of rows) {
          if (!gone.has(sourceId)) continue;
          rows.delete(key);
          forgotten += 1;
        }
      }
      for (const id of gone) if (state.shapes.delete(id)) forgotten += 1;
      for (const intent of state.intents.values()) {
        if (!gone.has(intent.sourceId) || (intent.answer === null && intent.arguments === null)) continue;
        Object.assign(intent, { answer: null, arguments: null });
        forgotten += 1;
      }
      return forgotten;
    },
  };
}

function endedPass(pass: MemoryPass): EndedPass[] {
  const { kind, outcome, startedAt, endedAt, errorCode, error } = pass;
  const { pages, observed, inserted, updated, deleted, unchanged, quarantined } = pass;
  if (outcome === "open" || endedAt === null) return [];
  return [
    {
      kind,
      outcome,
      errorCode,
      error,
      startedAt: new Date(startedAt).toISOString(),
      endedAt: new Date(endedAt).toISOString(),
      pages,
      observed,
      inserted,
      updated,
      deleted,
      unchanged,
      quarantined,
    },
  ];
}
