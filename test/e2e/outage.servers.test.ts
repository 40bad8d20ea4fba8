import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { install } from "../support/installation.ts";
import { seed } from "../support/seed.ts";
import { watchedBambooHr, watchedSailPoint } from "../support/watched-upstreams.ts";

const forEver = 1_000_000_000;
const windowMs = 4_000;
/** Of `watchedUpstream`. */
const everyMs = 200;

test("sources that always fail halt or back off, and delay no other", async () => {
  const healthy = await watchedSailPoint({ accounts: 300, seed, source: "healthy" });
  healthy.config["sweepEvery"] = "1h";
  const pollsWithin = async () => {
    await healthy.control.clearRequests();
    await pause(windowMs);
    return (await healthy.control.requests()).length;
  };
  // In one shard of one worker, where they could be in each other's way.
  const tidemark = await install([healthy], { shards: 1 });
  const worker = tidemark.startWorker();
  const states = async () =>
    Object.fromEntries((await tidemark.store.overview()).sources.map((source) => [source.name, source]));
  await expect
    .poll(async () => (await states())["healthy"]?.lastPollAgeMs, { timeout: 30_000 })
    .toBeTypeOf("number");
  const alone = await pollsWithin();

  const revoked = await watchedSailPoint({ accounts: 10, seed, source: "revoked" });
  await revoked.control.inject({ kind: "401", path: "/v3/", times: forEver });
  const stranger = await watchedBambooHr({ accounts: 10, seed, source: "stranger" });
  stranger.config.settings["apiKey"] = "wrong";
  const down = await watchedSailPoint({ accounts: 10, seed, source: "down" });
  await down.control.inject({ kind: "500", times: forEver });
  await tidemark.add([revoked, stranger, down]);
  await expect.poll(states, { timeout: 30_000 }).toMatchObject({
    revoked: { state: "halted", haltedCode: "TIDEMARK_UPSTREAM_UNAUTHORIZED" },
    stranger: { state: "halted", haltedCode: "TIDEMARK_UPSTREAM_UNAUTHORIZED" },
    down: { state: "running", failures: expect.toSatisfy((failures: number) => failures > 0) },
  });
  await down.control.clearRequests();
  let beside = await pollsWithin();
  const ofDown = await down.control.requests();
  // Other tests may take the machine for a moment.
  for (let tries = 0; tries < 5 && beside <= alone / 2; tries += 1) beside = await pollsWithin();

  expect(beside).toBeGreaterThan(alone / 2);
  const asked = (await revoked.control.requests()).map(({ path, status }) => `${path} ${status}`);
  const attempt = ["/oauth/token 200", "/v3/accounts 401"];
  expect(asked, "one attempt, one refresh of the token").toEqual([...attempt, ...attempt]);
  expect(await stranger.control.requests()).toHaveLength(1);
  expect(ofDown.length, "fewer than polls that would have been due").toBeLessThan(windowMs / everyMs);
  expect(await worker.stop()).toBe(0);
  console.log(`failing neighbours: seed ${seed}, ${alone} polls alone, ${beside} beside them`);
});
