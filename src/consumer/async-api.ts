import type { JsonObject } from "../core/json.ts";
import { asyncApiSchemas } from "./event-json-schema.ts";

const key = {
  type: "string",
  pattern: "^[^/]+/.+$",
  description: "`<source>/<account id>`: all records of an account are in one partition, in order.",
};

/** The AsyncAPI 3.0 document of everything that Tidemark publishes. */
export function asyncApi(): JsonObject {
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Tidemark account changes",
      version: "1.0.0",
      description:
        "Every change of every account, exactly once for read-committed consumers and in order per account. " +
        "Keys, versions, deletes, replays and how to rebuild from nothing: docs/consuming.md.",
      license: { name: "Apache-2.0" },
    },
    defaultContentType: "application/json",
    channels: {
      accounts: {
        address: "{prefix}.{connector}.accounts",
        description: "One topic per kind of upstream, unless a source names another (`topic`).",
        parameters: {
          prefix: { default: "tidemark", description: "The installation's `prefix`." },
          connector: {
            description: "The kind of upstream.",
            examples: ["sailpoint", "bamboohr", "kombo", "lumos", "century", "rest"],
          },
        },
        messages: {
          event: { $ref: "#/components/messages/event" },
          tombstone: { $ref: "#/components/messages/tombstone" },
        },
      },
    },
    operations: {
      publish: {
        action: "send",
        channel: { $ref: "#/channels/accounts" },
        summary: "Changes as they are found, and what is published again on request.",
        description:
          "Records are written in Kafka transactions: consumers need `isolation.level=read_committed`.",
      },
    },
    components: {
      messages: {
        event: message({
          title: "A change of an account, or its state published again",
          payload: { $ref: "#/components/schemas/Event" },
        }),
        tombstone: message({
          title: "Follows a delete where the topic is compacted, with the same headers",
          payload: { type: "null" },
        }),
      },
      schemas: asyncApiSchemas(),
    },
  };
}

function message(own: JsonObject): JsonObject {
  return {
    ...own,
    contentType: "application/json",
    headers: { $ref: "#/components/schemas/Headers" },
    correlationId: { location: "$message.header#/ce_id" },
    bindings: { kafka: { bindingVersion: "0.5.0", key } },
  };
}
