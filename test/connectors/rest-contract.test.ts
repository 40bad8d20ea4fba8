import { describe, expect, test } from "vitest";
import { rest } from "../../src/connectors/rest/index.ts";
import type { JsonValue } from "../../src/core/json.ts";
import { type ContractSubject, connectorContract } from "../../src/sdk/testing/index.ts";
import type { Item } from "../../src/sandbox/upstreams/vendor.ts";
import { running } from "./contract-subjects.ts";
import { editItems, withoutItems } from "../../src/sandbox/upstreams/rest/answer.ts";
import { startRest } from "../../src/sandbox/upstreams/rest/index.ts";
import { type Described, settingsOf } from "./rest-upstream.ts";

const secret = "a-secret-value";

/** Each way of paging once, and one that is never polled. */
const subjects: { name: string; subject: ContractSubject }[] = [
  { name: "page", subject: subjectOf({ style: "page", limit: 10 }) },
  { name: "offset", subject: subjectOf({ style: "offset", limit: 10 }) },
  { name: "linkHeader", subject: subjectOf({ style: "linkHeader", limit: 10 }) },
  { name: "search, never polled", subject: subjectOf({ style: "search", limit: 10, incremental: null }) },
];

function subjectOf(described: Described): ContractSubject {
  return {
    connector: rest,
    settings: (url) => settingsOf(url, { ...described, settings: { auth: { bearer: { token: secret } } } }),
    secrets: [secret],
    upstream: {
      start: (accounts) =>
        running(startRest({ accounts, admits: () => true, behaviour: { rateLimit: null } }), "email"),
      accounts: 25,
      withoutItems: (answer) => withoutItems(answer) as JsonValue,
      editItems: (answer, edit) =>
        editItems(answer, edit as (item: Item, index: number) => Item) as JsonValue,
    },
  };
}

describe.each(subjects)("$name", ({ subject }) => {
  test.for(connectorContract(subject))("$name", async ({ skip, run }, context) => {
    context.skip(skip !== null, skip ?? "");
    await expect(run()).resolves.toBeUndefined();
  });
});
