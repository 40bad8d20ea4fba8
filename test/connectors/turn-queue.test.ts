import { expect, test } from "vitest";
import { turnQueue } from "../../src/connectors/turn-queue.ts";

/** A queue in which those wait, in this order: `poll:a` is an urgent request of source a. */
function queueOf(asked: readonly string[]) {
  const queue = turnQueue<string>();
  for (const request of asked) queue.put(askerOf(request), request);
  return queue;
}

function askerOf(request: string) {
  const [kind, source = ""] = request.split(":");
  return { source, isUrgent: kind === "poll" };
}

function served(queue: ReturnType<typeof turnQueue<string>>): string[] {
  const order: string[] = [];
  for (let next = queue.next(); next !== undefined; next = queue.next()) order.push(next);
  return order;
}

test("sources take turns, however many requests one of them has waiting", () => {
  const queue = queueOf(["poll:a:1", "poll:a:2", "poll:a:3", "poll:b:1", "poll:c:1"]);
  expect(served(queue)).toEqual(["poll:a:1", "poll:b:1", "poll:c:1", "poll:a:2", "poll:a:3"]);
  expect(queue.size()).toBe(0);
});

test("polls go before what can wait, which gets every fourth turn all the same", () => {
  const sweeps = ["sweep:s:1", "sweep:s:2"];
  const polls = ["poll:a", "poll:b", "poll:c", "poll:d", "poll:e"];
  expect(served(queueOf([...sweeps, ...polls]))).toEqual([
    "poll:a",
    "poll:b",
    "poll:c",
    "sweep:s:1",
    "poll:d",
    "poll:e",
    "sweep:s:2",
  ]);
});

test("what could not have been served does not count: a sweep that comes after many polls waits for those that wait", () => {
  const queue = queueOf(Array.from({ length: 9 }, (_, poll) => `poll:a:${poll}`));
  for (let turn = 0; turn < 7; turn++) queue.next();
  queue.put(askerOf("sweep:s"), "sweep:s");
  expect(served(queue)).toEqual(["poll:a:7", "poll:a:8", "sweep:s"]);
});

test("who leaves is not served, and holds up nobody", () => {
  const queue = queueOf(["poll:a:1", "poll:a:2", "poll:b:1", "sweep:b:1"]);
  for (const request of ["poll:a:1", "poll:b:1", "poll:b:1", "sweep:c:1"])
    queue.leave(askerOf(request), request);
  expect(queue.size()).toBe(2);
  expect(served(queue)).toEqual(["poll:a:2", "sweep:b:1"]);
});
