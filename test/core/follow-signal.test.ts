import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { followSignal } from "../../src/core/follow-signal.ts";

const reason = new Error("enough");

test("a controller is aborted with the signal, for its reason", () => {
  const [leader, follower] = [new AbortController(), new AbortController()];
  followSignal(follower, leader.signal);
  expect(follower.signal.aborted).toBe(false);
  leader.abort(reason);
  expect(follower.signal.reason).toBe(reason);
});

test("a signal that was aborted before is followed at once", () => {
  const follower = new AbortController();
  followSignal(follower, AbortSignal.abort(reason));
  expect(follower.signal.reason).toBe(reason);
});

test("afterwards nothing is left behind with the signal", () => {
  const [leader, follower] = [new AbortController(), new AbortController()];
  const unfollow = followSignal(follower, leader.signal);
  expect(getEventListeners(leader.signal, "abort")).toHaveLength(1);
  unfollow();
  expect(getEventListeners(leader.signal, "abort")).toEqual([]);
  leader.abort(reason);
  expect(follower.signal.aborted).toBe(false);
});
