import { describe, expect, test } from "vitest";
import { listPath, tenant } from "../asking.ts";
import type { Account } from "../asking.ts";

type Keep = (account: Account) => boolean;

const identityOf = (account: Account): { id: string; name: string } | undefined =>
  account["identity"] as { id: string; name: string } | undefined;

describe("filters", () => {
  test.each<[string, (some: Account) => string, (some: Account) => Keep]>([
    [
      "id eq",
      ({ id }) => `id eq "${id}"`,
      ({ id }) =>
        (account) =>
          account.id === id,
    ],
    [
      "id in",
      ({ id }) => `id in ("${id}", "none")`,
      ({ id }) =>
        (account) =>
          account.id === id,
    ],
    [
      "id sw",
      ({ id }) => `id sw "${id.slice(0, 7)}"`,
      ({ id }) =>
        (account) =>
          account.id.startsWith(id.slice(0, 7)),
    ],
    [
      "sourceId eq",
      ({ sourceId }) => `sourceId eq "${sourceId}"`,
      ({ sourceId }) =>
        (account) =>
          account.sourceId === sourceId,
    ],
    [
      "created ge",
      ({ created }) => `created ge ${created}`,
      ({ created }) =>
        (account) =>
          account.created >= created,
    ],
    [
      "modified ge",
      ({ modified = "" }) => `modified ge ${modified}`,
      ({ modified = "" }) =>
        ({ modified: at = "" }) =>
          at >= modified,
    ],
    [
      "modified gt",
      ({ modified = "" }) => `modified gt ${modified}`,
      ({ modified = "" }) =>
        ({ modified: at = "" }) =>
          at > modified,
    ],
    [
      "modified le",
      ({ modified = "" }) => `modified le ${modified}`,
      ({ modified = "" }) =>
        ({ modified: at = "" }) =>
          at <= modified,
    ],
    [
      "modified lt",
      ({ modified = "" }) => `modified lt ${modified}`,
      ({ modified = "" }) =>
        ({ modified: at = "" }) =>
          at < modified,
    ],
    [
      "modified eq",
      ({ modified = "" }) => `modified eq ${modified}`,
      ({ modified = "" }) =>
        ({ modified: at = "" }) =>
          at === modified,
    ],
    [
      "modified between",
      ({ created, modified = "" }) => `modified ge ${created} and modified le ${modified}`,
      ({ created, modified = "" }) =>
        ({ modified: at = "" }) =>
          at >= created && at <= modified,
    ],
    [
      "sourceId and modified",
      ({ sourceId, modified = "" }) => `sourceId eq "${sourceId}" and modified ge ${modified}`,
      ({ sourceId, modified = "" }) =>
        ({ sourceId: of, modified: at = "" }) =>
          of === sourceId && at >= modified,
    ],
    [
      "identity.name sw",
      () => 'identity.name sw "C"',
      () => (account) => identityOf(account)?.name.startsWith("C") === true,
    ],
    [
      "identity.correlated eq",
      () => "identity.correlated eq false",
      () => (account) => identityOf(account) === undefined,
    ],
    ["uncorrelated eq", () => "uncorrelated eq true", () => (account) => account["uncorrelated"] === true],
    [
      "entitlements eq",
      () => 'entitlements eq "vpn"',
      () =>
        ({ attributes }) =>
          ((attributes as { memberOf?: string[] }).memberOf ?? []).includes("vpn"),
    ],
    [
      "source.displayableName in",
      () => 'source.displayableName in ("HR","GitHub")',
      () => (account) => account["sourceName"] !== "Active Directory",
    ],
    [
      "source.authoritative eq",
      () => "source.authoritative eq true",
      () => (account) => account["authoritative"] === true,
    ],
    ["origin eq", () => 'origin eq "PROVISIONED"', () => (account) => account["origin"] === "PROVISIONED"],
  ])("%s selects exactly the accounts it describes, in every order", async (_name, filter, keep) => {
    const { upstream, list } = await tenant({ accounts: 200 });
    await upstream.control.mutate({ update: 20, tie: true });
    await upstream.control.mutate({ update: 20, apartMs: 3 });
    const all = await list({ sorters: "modified,id" });
    const some = all[185] as Account;
    const expected = all.filter(keep(some)).map(({ id }) => id);
    expect(expected.length).toBeGreaterThan(0);
    expect(expected.length).toBeLessThan(200);
    const found = await list({ filters: filter(some), sorters: "modified,id" });
    expect(found.map(({ id }) => id)).toEqual(expected);
    for (const sorters of ["-modified,id", "id", "-created", "name"]) {
      expect(new Set((await list({ filters: filter(some), sorters })).map(({ id }) => id))).toEqual(
        new Set(expected),
      );
    }
  });

  test.each([
    'name like "x"',
    "name eq x",
    'name EQ "x"',
    'unknown eq "x"',
    'name eq "x" or name eq "y"',
    'name eq "x" and',
    'name in "x"',
    'name in ("x"',
    "modified ge yesterday",
    'modified ge "2026-01-01T00:00:00Z"',
    'modified sw "2026"',
    "uncorrelated eq maybe",
    'uncorrelated eq "true"',
    "",
    'name eq "x',
    'id gt "x"',
    'uuid eq "x"',
  ])("%j is refused with 400 in the vendor's shape", async (filters) => {
    const { get } = await tenant({ accounts: 1 });
    const { status, text } = await get(listPath({ filters }));
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      detailCode: "400.1 Bad Request Content",
      trackingId: expect.stringMatching(/^[0-9a-f]{32}$/u) as string,
      messages: [{ locale: "en-US", localeOrigin: "DEFAULT", text: expect.any(String) as string }],
      causes: [],
    });
  });

  test("a value may contain what is otherwise syntax", async () => {
    const { upstream, list } = await tenant({ accounts: 3 });
    const name = 'O"Neil\\ (a, b) and #1 & 50%';
    const [made] = await upstream.control.mutate({ changes: [{ op: "insert", changes: { name } }] });
    const escaped = name.replaceAll(/["\\]/gu, String.raw`\$&`);
    expect((await list({ filters: `name eq "${escaped}"` })).map(({ id }) => id)).toEqual([made?.id]);
  });

  test.each([
    "modified ge 2020-01-01T00:00:00Z",
    "created ge 2020-01-01T00:00:00Z",
    'origin eq "AGGREGATED"',
    "hasEntitlements eq true",
    "manuallyCorrelated eq true",
  ])("a tenant with the seed's contract refuses %s but sorts by modified", async (filters) => {
    const { get } = await tenant({ accounts: 3, behaviour: { contract: "seed" } });
    expect((await get(listPath({ filters }))).status).toBe(400);
    expect((await get(listPath({ sorters: "-modified,identity.id" }))).status).toBe(200);
    expect((await get(listPath({ sorters: "origin" }))).status).toBe(400);
  });
});

describe("sorters", () => {
  test.each([
    "id",
    "-id",
    "modified,id",
    "-modified,id",
    "created",
    "name,-id",
    "sourceId,-modified,id",
    "identity.name,id",
    "source.authoritative,id",
  ])("%s orders the accounts", async (sorters) => {
    const { upstream, list } = await tenant({ accounts: 60 });
    await upstream.control.mutate({ update: 40, tie: true });
    const accounts = await list({ sorters });
    const terms = sorters
      .split(",")
      .map((sorter) => ({ sign: sorter.startsWith("-") ? -1 : 1, name: sorter.replace("-", "") }));
    for (const [at, account] of accounts.entries()) {
      const next = accounts[at + 1];
      if (next === undefined) break;
      const order = terms.map(
        ({ sign, name }) => sign * compare(valueOf(account, name), valueOf(next, name)),
      );
      expect(order.find((sign) => sign !== 0) ?? 0).toBeLessThanOrEqual(0);
    }
  });

  test("without one the order is stable, but not by id or time", async () => {
    const { list } = await tenant({ accounts: 50 });
    const unsorted = (await list({})).map(({ id }) => id);
    expect((await list({})).map(({ id }) => id)).toEqual(unsorted);
    for (const sorters of ["id", "-id", "created", "-created"]) {
      expect((await list({ sorters })).map(({ id }) => id)).not.toEqual(unsorted);
    }
  });

  test.each(["unknown", "id,", "-", "hasEntitlements", "identity.id"])(
    "%j is refused with 400",
    async (sorters) => {
      const { get } = await tenant({ accounts: 1 });
      expect((await get(listPath({ sorters }))).status).toBe(400);
    },
  );
});

function valueOf(account: Account, name: string): string {
  if (name === "identity.name") return identityOf(account)?.name ?? "\uFFFF";
  return String(account[name === "source.authoritative" ? "authoritative" : name]);
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
