import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { storedGrants } from "../../src/connectors/stored-grants.ts";
import { tokenSeal } from "../../src/connectors/token-seal.ts";
import { RetryableError } from "../../src/core/errors.ts";
import { impatientClock } from "../support/connector-harness.ts";
import { memoryStore } from "../support/memory-store.ts";

const sealingKey = randomBytes(32).toString("base64");
const key = { credential: "https://acme.example/token client", seed: "5e".repeat(32) };
const grant = (number: number) => ({
  accessToken: `access-${number}`,
  refreshToken: `refresh-${number}`,
  expiresInMs: 3_600_000,
});
const away = new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "away");

/** A database and the processes that use it. */
function setup() {
  const clock = impatientClock();
  const store = memoryStore(clock);
  const goAway = (statements: number) => {
    for (let count = 0; count < statements; count++) store.failNext("replaceToken", away, { applied: false });
  };
  return { clock, store, goAway, process: () => storedGrants(store, tokenSeal(sealingKey), clock) };
}

test("what one process keeps is the newest for the next one", async () => {
  const { clock, process } = setup();
  const first = process();
  expect(await first.newest(key)).toBeNull();
  await first.keep(key, grant(1), null);
  await clock.sleep(600_000);
  const kept = await process().newest(key);
  expect(kept).toMatchObject({ accessToken: "access-1", refreshToken: "refresh-1" });
  expect(kept?.expiresInMs).toBeGreaterThan(2_990_000);
  expect(kept?.expiresInMs).toBeLessThan(3_000_100);
  await process().keep(key, grant(2), kept);
  expect(await first.newest(key)).toMatchObject({ refreshToken: "refresh-2" });
});

test("the database sees neither token", async () => {
  const { store, process } = setup();
  await process().keep(key, grant(1), null);
  const rows = JSON.stringify([...store.state.tokens]);
  const sealed = [...store.state.tokens.values()].map((row) =>
    Buffer.from(row.sealed, "hex").toString("latin1"),
  );
  for (const text of [rows, ...sealed]) {
    expect(text).not.toContain("access-1");
    expect(text).not.toContain("refresh-1");
  }
});

test("a database that is away for a moment is tried again", async () => {
  const { goAway, process } = setup();
  goAway(59);
  await process().keep(key, grant(1), null);
  expect(await process().newest(key)).toMatchObject({ refreshToken: "refresh-1" });
});

test("a grant that the database could not take is kept in memory, and stored before anything is read", async () => {
  const { store, goAway, process } = setup();
  const grants = process();
  goAway(61);
  await expect(grants.keep(key, grant(1), null)).rejects.toThrow(away);
  expect(store.state.tokens.size).toBe(0);
  await expect(grants.newest(key)).rejects.toThrow(away);
  const kept = await grants.newest(key);
  expect(kept).toMatchObject({ accessToken: "access-1", refreshToken: "refresh-1" });
  // The access token has aged meanwhile.
  expect(kept?.expiresInMs).toBeLessThan(3_600_000 - 58_000);
  expect(await process().newest(key)).toMatchObject({ refreshToken: "refresh-1" });
});

test("a grant whose storing had an unknown outcome is there once", async () => {
  const { store, process } = setup();
  const grants = process();
  store.failNext("replaceToken", away, { applied: true });
  await grants.keep(key, grant(1), null);
  const kept = await grants.newest(key);
  expect(kept).toMatchObject({ refreshToken: "refresh-1" });
  await grants.keep(key, grant(2), kept);
  expect(await process().newest(key)).toMatchObject({ refreshToken: "refresh-2" });
});

test("what another process has kept since then stays, also when the own grant had to wait", async () => {
  const { goAway, process } = setup();
  const [slow, fast] = [process(), process()];
  await slow.keep(key, grant(1), null);
  const read = await slow.newest(key);
  goAway(60);
  await expect(slow.keep(key, grant(2), read)).rejects.toThrow(away);
  await fast.keep(key, grant(3), await fast.newest(key));
  expect(await slow.newest(key)).toMatchObject({ refreshToken: "refresh-3" });
  expect(await fast.newest(key)).toMatchObject({ refreshToken: "refresh-3" });
});

test("a grant that another process is about to keep is waited for, a moment", async () => {
  const { clock, process } = setup();
  const [slow, fast] = [process(), process()];
  await fast.keep(key, grant(1), null);
  const read = await slow.newest(key);
  const waiting = slow.newerThan(key, read);
  await clock.sleep(100);
  await fast.keep(key, grant(2), read);
  expect(await waiting).toMatchObject({ refreshToken: "refresh-2" });
  expect(await slow.newerThan(key, await slow.newest(key))).toBeNull();
});

test("grants of another credential or seed are other grants", async () => {
  const { process } = setup();
  const grants = process();
  await grants.keep(key, grant(1), null);
  expect(await grants.newest({ ...key, seed: "a4".repeat(32) })).toBeNull();
  expect(await grants.newest({ ...key, credential: "https://globex.example/token client" })).toBeNull();
});

test("without a key nothing is even begun", async () => {
  const { clock, store } = setup();
  const grants = storedGrants(store, tokenSeal(undefined), clock);
  await expect(grants.newest(key)).rejects.toMatchObject({
    code: "TIDEMARK_SOURCE_SETTINGS",
    message: expect.stringContaining("TIDEMARK_TOKEN_KEY is not set"),
  });
});

test("keys are rotated by putting the new one first: the next write is sealed with it", async () => {
  const { clock, store, process } = setup();
  const young = randomBytes(32).toString("base64");
  await process().keep(key, grant(1), null);
  const rotated = storedGrants(store, tokenSeal(`${young},${sealingKey}`), clock);
  await rotated.keep(key, grant(2), await rotated.newest(key));
  expect(await storedGrants(store, tokenSeal(young), clock).newest(key)).toMatchObject({
    refreshToken: "refresh-2",
  });
  await expect(process().newest(key)).rejects.toThrow("put that key back");
});
