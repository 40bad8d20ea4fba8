import { z } from "zod";
import { eventSchema, headersSchema } from "../core/event-schema.ts";
import type { JsonObject } from "../core/json.ts";

const records = z.object({ value: eventSchema, headers: headersSchema });

/** The JSON Schema (draft 2020-12) of a record's value; that of its headers is `#/$defs/Headers`. */
export function eventJsonSchema(): JsonObject {
  const { $schema, $defs } = z.toJSONSchema(records, { target: "draft-2020-12", io: "input" }) as JsonObject;
  return {
    $schema: $schema ?? null,
    title: "Tidemark account event, version 1",
    description: "The value of a record. Its headers, as text, are described by `#/$defs/Headers`.",
    $ref: "#/$defs/Event",
    $defs: $defs ?? null,
  };
}

/** The same schemas by their names, in the dialect of AsyncAPI (a superset of draft-07) and referring to each other where AsyncAPI keeps them. */
export function asyncApiSchemas(): JsonObject {
  const { definitions } = z.toJSONSchema(records, { target: "draft-7", io: "input" });
  const text = JSON.stringify(definitions).replaceAll('"#/definitions/', '"#/components/schemas/');
  return JSON.parse(text) as JsonObject;
}
