import type { z } from "zod";
import { ConfigError, SourceHaltedError } from "../core/errors.ts";
import { faultsOf } from "../core/faults.ts";
import type { JsonValue } from "../core/json.ts";
import type {
  Connector,
  ConnectorContext,
  ConnectorDefinition,
  PolledConnectorDefinition,
} from "../ports/connector.ts";

/**
 * Turns what a connector's author wrote into what the app runs: settings, cursors and positions arrive as JSON and are parsed before the author's code sees them.
 * Settings may be parsed twice (when they are checked, when a pass starts): a schema must accept what it returns.
 * @throws SourceHaltedError from `poll`, `sweep`, `get`: `TIDEMARK_SOURCE_SETTINGS`, `TIDEMARK_SOURCE_CURSOR`
 */
export function defineConnector<Settings, Cursor extends JsonValue, Position extends JsonValue>(
  definition: ConnectorDefinition<Settings, Cursor, Position>,
): Connector {
  const { name, settings, position, deletes, volatile, defaults } = definition;
  const polled = "poll" in definition ? definition : null;

  function parsed<Context extends ConnectorContext<JsonValue>>(context: Context) {
    const result = settings.safeParse(context.settings);
    if (result.success) return { ...context, settings: result.data };
    throw new SourceHaltedError(
      "TIDEMARK_SOURCE_SETTINGS",
      faultsOf(result.error, context.settings, settings).join("; "),
    );
  }

  return {
    name,
    deletes,
    volatile,
    defaults: { ...defaults, sweepEveryMs: polled?.defaults.sweepEveryMs ?? null },
    settings,
    checkSettings(input) {
      const result = settings.safeParse(input);
      if (!result.success)
        throw new ConfigError("TIDEMARK_CONFIG_INVALID", faultsOf(result.error, input, settings));
      return result.data as JsonValue;
    },
    canPoll: (checked) => polled !== null && (polled.canPoll?.(settings.parse(checked)) ?? true),
    async *poll(context) {
      if (polled === null)
        throw new SourceHaltedError("TIDEMARK_CONNECTOR_FAILED", `connector ${name} has no polls`);
      yield* polled.poll({ ...parsed(context), cursor: place(polled.cursor, context.cursor, "cursor") });
    },
    cursorVersion: polled?.cursorVersion ?? 1,
    cursorFaults(stored) {
      if (polled === null) return [`connector ${name} has no polls`];
      const result = polled.cursor.safeParse(stored);
      return result.success ? [] : faultsOf(result.error, stored, polled.cursor);
    },
    lookBack: polled === null ? null : lookBackOf(polled),
    async *sweep(context) {
      return yield* definition.sweep({
        ...parsed(context),
        position: place(position, context.position, "sweep position"),
      });
    },
    async get(ids, context) {
      return definition.get(ids, parsed(context));
    },
  };
}

function lookBackOf<Settings, Cursor extends JsonValue, Position extends JsonValue>({
  lookBack,
  cursor: schema,
}: PolledConnectorDefinition<Settings, Cursor, Position>): Connector["lookBack"] {
  if (lookBack === undefined) return null;
  return {
    ...lookBack,
    from(stored, ms) {
      const cursor = place(schema, stored, "cursor");
      return cursor === null ? null : lookBack.from(cursor, ms);
    },
  };
}

function place<Place>(schema: z.ZodType<Place>, stored: JsonValue, name: string): Place | null {
  if (stored === null) return null;
  const result = schema.safeParse(stored);
  if (result.success) return result.data;
  const faults = faultsOf(result.error, stored, schema).join("; ");
  throw new SourceHaltedError("TIDEMARK_SOURCE_CURSOR", `The stored ${name} cannot be read: ${faults}`);
}
