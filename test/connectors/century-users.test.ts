import { afterEach, expect, test } from "vitest";
import { century } from "../../src/connectors/century/index.ts";
import { observed, rejectedIn } from "../support/connector-harness.ts";
import { centuryUpstream, closeUpstreams, folded, idsOf } from "./century-upstream.ts";

afterEach(closeUpstreams);

test("there are no polls: every source of it is swept", async () => {
  const up = await centuryUpstream({ accounts: 1 });
  expect(century.canPoll({ apiKey: "key" })).toBe(false);
  expect((await up.poll(null)).error).toMatchObject({ code: "TIDEMARK_CONNECTOR_FAILED" });
});

test("every pass shows every user once, oldest first, and asks every page for the same order", async () => {
  const up = await centuryUpstream();
  const { pages, error } = await up.sweep(null);
  expect(error).toBeNull();
  expect(pages.map(({ observations }) => observations.length)).toEqual([100, 100, 50]);
  expect(folded(observed(pages))).toEqual(await up.truth());
  const requests = await up.control.requests();
  expect(requests).toHaveLength(3);
  for (const { headers, query } of requests) {
    expect(headers).toMatchObject({ "x-api-key": "key" });
    expect(query).toMatchObject({ "sort[field]": "createdAt", "sort[direction]": "asc", limit: "100" });
    expect(query).not.toHaveProperty("offset");
  }
});

test("an organisation without users is legal", async () => {
  const up = await centuryUpstream({ accounts: 0 });
  const { pages, error } = await up.sweep(null);
  expect([observed(pages), error]).toEqual([[], null]);
});

test("users that come while the list is read come last, and none is shown twice", async () => {
  const up = await centuryUpstream();
  const { pages } = await up.sweep(null, {
    beforeNext: async () => void (await up.control.mutate({ insert: 30 })),
  });
  const ids = idsOf(observed(pages));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(250);
});

test("a user is mapped to the common members, and everything it has is kept", async () => {
  const up = await centuryUpstream({ accounts: 1 });
  const [id = ""] = (await up.truth()).keys();
  const changes = {
    username: "ada",
    firstName: "Ada",
    lastName: "Byron",
    fullName: "Ada Lovelace",
    emails: [null, "ada@school.example"],
    createdAt: "2024-01-01T12:00:00Z",
  };
  await up.control.mutate({ changes: [{ op: "update", id, changes }] });
  const [observation] = observed((await up.sweep(null)).pages);
  expect(observation).toMatchObject({
    id,
    document: {
      id,
      userName: "ada",
      displayName: "Ada Lovelace",
      givenName: "Ada",
      familyName: "Byron",
      email: "ada@school.example",
      status: "unknown",
      kind: "person",
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
      attributes: { userId: id, emails: [null, "ada@school.example"], roles: expect.any(Array) },
    },
  });
});

test.each(["null", "absent"] as const)("members without a value may be %s", async (emptyMembers) => {
  const up = await centuryUpstream({ accounts: 1, behaviour: { emptyMembers } });
  const [id = ""] = (await up.truth()).keys();
  const none = Object.fromEntries(
    ["upn", "externalId", "username", "firstName", "lastName", "fullName", "emails", "roles"].map((name) => [
      name,
      null,
    ]),
  );
  await up.control.mutate({ changes: [{ op: "update", id, changes: none }] });
  const { pages, error } = await up.sweep(null);
  expect(error).toBeNull();
  expect(observed(pages)).toMatchObject([
    { id, document: { userName: null, displayName: null, email: null, kind: "person" } },
  ]);
});

test("members and values that nobody has heard of are kept", async () => {
  const up = await centuryUpstream({ accounts: 1 });
  await up.control.inject({ kind: "unknown-members" });
  expect(observed((await up.sweep(null)).pages)).toMatchObject([
    { document: { attributes: { roles: ["wizard"], house: { points: [7] } } } },
  ]);
});

test.each(["item-without-id", "item-with-nul"] as const)(
  "%s is set aside, the page goes on",
  async (kind) => {
    const up = await centuryUpstream({ accounts: 3 });
    await up.control.inject({ kind });
    const { pages } = await up.sweep(null);
    expect(rejectedIn(pages)).toHaveLength(1);
    expect(observed(pages)).toHaveLength(2);
  },
);
