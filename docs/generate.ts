import { writeFileSync } from "node:fs";
import { format } from "prettier";
import { z } from "zod";
import { schemaDocuments } from "../src/cli/schema.ts";
import { configSchema } from "../src/config-schema.ts";
import { connectors } from "../src/connectors/registry.ts";
import { errorTable } from "../src/core/error-table.ts";

const kinds = {
  retry: "retried by itself",
  halt: "the source halts, the others go on",
  fatal: "the worker stops with exit code 1",
  config: "not started, exit code 2",
};

/** The page of all error codes, from the one table. */
export function errorsPage(): Promise<string> {
  const rows = Object.entries(errorTable).map(
    ([code, { kind, when, whatToDo }]) => `## ${code}\n\n${when} (${kinds[kind]})\n\n${whatToDo}\n`,
  );
  return formatted(
    `# Errors\n\nPrinted from \`src/core/error-table.ts\` by \`npm run docs\`.\n\n${rows.join("\n")}`,
  );
}

/** The page of all settings, from the one schema. */
export function settingsPage(): Promise<string> {
  const settings = rowsOf(
    z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" }) as Schema,
    "",
  );
  const own = [...connectors.values()].map(({ name, settings: schema, defaults, lookBack }) => {
    const rows = rowsOf(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Schema, "");
    const { everyMs, sweepEveryMs, budget } = defaults;
    const passes =
      sweepEveryMs === null
        ? `Has no polls: sweeps every ${everyMs / 1_000} s`
        : `Polls every ${everyMs / 1_000} s, sweeps every ${sweepEveryMs / 3_600_000} h`;
    const looks =
      lookBack === null
        ? ""
        : `, looks ${lookBack.windowMs / 3_600_000} h back every ${lookBack.everyMs / 3_600_000} h`;
    return `## Connector \`${name}\`\n\n${passes}${looks}, at most ${budget.requests} requests in ${budget.perMs / 1_000} s, unless the source says otherwise.\n\n${table(rows)}`;
  });
  return formatted(`# Settings

Printed from the schemas by \`npm run docs\`. A flag wins over the environment (\`TIDEMARK_CONFIG\`, \`TIDEMARK_PREFIX\`, \`TIDEMARK_POSTGRES_URL\`,
\`TIDEMARK_POSTGRES_SCHEMA\`, \`TIDEMARK_KAFKA_BROKERS\`, \`TIDEMARK_HTTP_HOST\`, \`TIDEMARK_HTTP_PORT\`), the environment over the file, the file over the default.
Durations are texts with a unit: \`250ms\`, \`60s\`, \`5m\`, \`6h\`, \`30d\`. \`\${env:NAME}\` and \`\${file:path}\` stand for secrets; those of sources are read by
the workers only, and never stored, logged or shown. \`TIDEMARK_TOKEN_KEY\` in a worker's environment seals OAuth grants: see [tokens.md](tokens.md).

## The file

${table(settings)}
${own.join("\n")}`);
}

/** The JSON Schema of events and their headers, from the one schema, as `tidemark schema` prints it. */
export function eventSchemaFile(): Promise<string> {
  return format(schemaDocuments["json-schema"](), { parser: "json", printWidth: 110 });
}

/** The AsyncAPI document of the topics, as `tidemark schema --format asyncapi` prints it. */
export function asyncApiFile(): Promise<string> {
  const heading = "# Printed from src/consumer/async-api.ts by `npm run docs`.\n";
  return format(`${heading}${schemaDocuments.asyncapi()}`, { parser: "yaml", printWidth: 110 });
}

interface Schema {
  description?: string;
  default?: unknown;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
  anyOf?: Schema[];
}

interface Row {
  name: string;
  text: string;
  fallback: string;
}

function rowsOf(schema: Schema, prefix: string): Row[] {
  const members = { ...schema.properties };
  for (const option of schema.anyOf ?? []) Object.assign(members, option.properties);
  return Object.entries(members).flatMap(([member, inner]) => {
    const name = `${prefix}${member}`;
    const nested = rowsOf(inner, `${name}.`);
    const each =
      typeof inner.additionalProperties === "object"
        ? rowsOf(inner.additionalProperties, `${name}.<name>.`)
        : [];
    const isRequired = schema.required?.includes(member) === true;
    const fallback =
      inner.default === undefined ? (isRequired ? "required" : "") : `\`${JSON.stringify(inner.default)}\``;
    const own =
      inner.description === undefined && nested.length > 0
        ? []
        : [{ name, text: inner.description ?? "", fallback }];
    return [...own, ...nested, ...each];
  });
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ name, text, fallback }) => `| \`${name}\` | ${fallback} | ${text.replaceAll("|", "\\|")} |`,
  );
  return ["| setting | default | what it is |", "| --- | --- | --- |", ...lines, ""].join("\n");
}

function formatted(text: string): Promise<string> {
  return format(text, { parser: "markdown", printWidth: 110 });
}

if (import.meta.main) {
  writeFileSync(new URL("settings.md", import.meta.url), await settingsPage());
  writeFileSync(new URL("errors.md", import.meta.url), await errorsPage());
  writeFileSync(new URL("event.schema.json", import.meta.url), await eventSchemaFile());
  writeFileSync(new URL("asyncapi.yaml", import.meta.url), await asyncApiFile());
}
