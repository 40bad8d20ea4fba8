import { connectorContract } from "tidemark/sdk/testing";
import { describe, expect, test } from "vitest";
import { peopleService } from "./people-service.ts";
import { peopleWithPoll } from "./people-with-poll.ts";
import { people } from "./people.ts";

describe.each([
  { name: "people", connector: people },
  { name: "people with a poll", connector: peopleWithPoll },
])("$name", ({ connector }) => {
  const contract = connectorContract({
    connector,
    settings: (url) => ({ baseUrl: url, apiKey: "people-key" }),
    secrets: ["people-key"],
    upstream: peopleService,
  });
  test.for(contract)("$name", async ({ skip, run }, context) => {
    context.skip(skip !== null, skip ?? "");
    await expect(run()).resolves.toBeUndefined();
  });
});
