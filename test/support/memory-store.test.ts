import { describe, expect, it } from "vitest";
import { RetryableError } from "../../src/core/errors.ts";
import { everything, inserting, owned, reload } from "../contract/store-samples.ts";
import { storeContract } from "../contract/store.ts";
import { memoryStore } from "./memory-store.ts";

function open() {
  let nowMs = Date.UTC(2026, 0, 1);
  return {
    store: memoryStore({ now: () => nowMs }),
    advance: async (ms: number) => {
      nowMs += ms;
    },
  };
}

describe("memory store", () => {
  storeContract(async () => open());

  const lost = new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "the connection was lost");

  it("a call that is made to fail without effect changes nothing, and only the next one fails", async () => {
    const { store } = open();
    const start = await owned(store);
    const before = await everything(store, start, ["a"]);
    store.failNext("commit", lost, { applied: false });
    await expect(store.commit(inserting(start, ["a"]))).rejects.toBe(lost);
    expect(await everything(store, start, ["a"])).toEqual(before);
    expect((await store.commit(inserting(start, ["a"]))).kind).toBe("committed");
  });

  it("a call whose outcome is lost has taken effect", async () => {
    const { store } = open();
    const start = await owned(store);
    store.failNext("commit", lost, { applied: true });
    await expect(store.commit(inserting(start, ["a"]))).rejects.toBe(lost);
    expect((await reload(store, start.source)).revision).toBe("1");
    expect(await store.commit(inserting(start, ["a"]))).toEqual({ kind: "stale" });
  });

  it("what a caller holds is a copy", async () => {
    const { store } = open();
    const { source } = await owned(store);
    source.settings["tenant"] = "changed";
    expect((await reload(store, source)).settings["tenant"]).toBe("acme");
  });
});
