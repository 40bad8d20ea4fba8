import { dump } from "js-yaml";
import { asyncApi } from "../consumer/async-api.ts";
import { eventJsonSchema } from "../consumer/event-json-schema.ts";
import { ConfigError } from "../core/errors.ts";

/** What describes the events, by its name on the command line: the text of one document each. */
export const schemaDocuments = {
  "json-schema": () => JSON.stringify(eventJsonSchema(), null, 2),
  asyncapi: () => dump(asyncApi(), { noRefs: true, lineWidth: 100 }).trimEnd(),
};

/** `tidemark schema`: prints what describes the events to other programs. */
export async function schema({ format }: { format: string }): Promise<number> {
  if (format !== "json-schema" && format !== "asyncapi")
    throw new ConfigError("TIDEMARK_USAGE", [`--format must be json-schema or asyncapi, not ${format}`]);
  console.log(schemaDocuments[format]());
  return 0;
}
