import { describe, expect, test } from "vitest";
import { connectorContract } from "../../src/sdk/testing/index.ts";
import { contractSubjects } from "./contract-subjects.ts";

describe.each(contractSubjects.map((subject) => ({ subject, name: subject.connector.name })))(
  "$name",
  ({ subject }) => {
    test.for(connectorContract(subject))("$name", async ({ skip, run }, context) => {
      context.skip(skip !== null, skip ?? "");
      await expect(run()).resolves.toBeUndefined();
    });
  },
);
