import { expect, it } from "vitest";
import type { StoreUnderTest } from "./store-samples.ts";

const key = { credential: "https://acme.example/token id", seed: "5e".repeat(32) };
const [first, second, third] = ["aa01", "bb02", "cc03"];

export function tokenContract(open: () => Promise<StoreUnderTest>): void {
  it("a token comes back as it was stored, with what is left of its life", async () => {
    const { store, advance } = await open();
    expect(await store.storedToken(key)).toBeNull();
    const token = { ...key, sealed: first, expiresInMs: 3_600_000 };
    expect(await store.replaceToken({ ...token, replaces: null })).toBe(true);
    await advance(600_000);
    const stored = await store.storedToken(key);
    expect(stored?.sealed).toBe(first);
    expect(stored?.expiresInMs).toBeGreaterThan(2_900_000);
    expect(stored?.expiresInMs).toBeLessThanOrEqual(3_000_000);
    await advance(3_600_000);
    expect((await store.storedToken(key))?.expiresInMs).toBeLessThan(0);
  });

  it("a token takes the place of the one that was read", async () => {
    const { store } = await open();
    await store.replaceToken({ ...key, sealed: first, expiresInMs: 1_000, replaces: null });
    const next = { ...key, sealed: second, expiresInMs: 60_000, replaces: first };
    expect(await store.replaceToken(next)).toBe(true);
    const stored = await store.storedToken(key);
    expect(stored?.sealed).toBe(second);
    expect(stored?.expiresInMs).toBeGreaterThan(1_000);
  });

  it.each([
    ["was read before", first],
    ["never was", "dd04"],
    ["was read as nothing", null],
  ])("a newer token stays when what is to be replaced %s", async (_name, replaces) => {
    const { store } = await open();
    await store.replaceToken({ ...key, sealed: first, expiresInMs: 1_000, replaces: null });
    await store.replaceToken({ ...key, sealed: second, expiresInMs: 1_000, replaces: first });
    expect(await store.replaceToken({ ...key, sealed: third, expiresInMs: 1_000, replaces })).toBe(false);
    expect((await store.storedToken(key))?.sealed).toBe(second);
  });

  it("of many who replace the same token at once, one succeeds", async () => {
    const { store } = await open();
    await store.replaceToken({ ...key, sealed: first, expiresInMs: 1_000, replaces: null });
    const sealed = Array.from({ length: 8 }, (_, index) => `0${index}`);
    const outcomes = await Promise.all(
      sealed.map((text) => store.replaceToken({ ...key, sealed: text, expiresInMs: 1_000, replaces: first })),
    );
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect((await store.storedToken(key))?.sealed).toBe(sealed[outcomes.indexOf(true)]);
  });

  it("another credential, or another seed, is another token", async () => {
    const { store } = await open();
    const other = { ...key, credential: "https://globex.example/token id" };
    const anew = { ...key, seed: "a4".repeat(32) };
    await store.replaceToken({ ...key, sealed: first, expiresInMs: 1_000, replaces: null });
    await store.replaceToken({ ...other, sealed: second, expiresInMs: 1_000, replaces: null });
    expect(await store.storedToken(anew)).toBeNull();
    await store.replaceToken({ ...anew, sealed: third, expiresInMs: 1_000, replaces: null });
    const stored = await Promise.all([key, other, anew].map((each) => store.storedToken(each)));
    expect(stored.map((token) => token?.sealed)).toEqual([first, second, third]);
  });

  it("a token that was taken out of the store by hand does not keep a newer one out", async () => {
    const { store } = await open();
    expect(await store.replaceToken({ ...key, sealed: second, expiresInMs: 1_000, replaces: first })).toBe(
      true,
    );
    expect((await store.storedToken(key))?.sealed).toBe(second);
  });
}
