import { z } from "zod";
import { durationMs } from "./core/duration.ts";

const duration = z
  .string("it must be a duration with its unit, such as 60s, 5m or 6h")
  .transform((text, context) => {
    const ms = durationMs(text);
    if (ms !== null) return ms;
    context.addIssue({
      code: "custom",
      message: `${text} is not a duration; write a number with its unit, such as 60s, 5m or 6h`,
    });
    return z.NEVER;
  });

const atLeast = (leastMs: number, text: string) =>
  duration.refine((ms) => ms >= leastMs, `it must be at least ${text}`);

const topicName = z
  .string()
  .regex(
    /^[a-zA-Z0-9._-]{1,249}$/,
    "a topic name has 1 to 249 letters, digits, dots, underscores and hyphens",
  );

const sourceSchema = z.strictObject({
  connector: z
    .string()
    .describe(
      "Which kind of upstream: `sailpoint`, `bamboohr`, `lumos`, `kombo`, `century`, or `rest` for any other.",
    ),
  settings: z
    .record(z.string(), z.json())
    .default({})
    .describe("What the connector needs; secrets as `${env:NAME}` or `${file:path}`."),
  every: atLeast(100, "100ms")
    .optional()
    .describe(
      "Time between two polls, from start to start; between two sweeps of a source that cannot be polled. Default: the connector's.",
    ),
  sweepEvery: atLeast(1_000, "1s")
    .optional()
    .describe("Time between two sweeps of a source that is polled. Default: the connector's."),
  topic: topicName.optional().describe("Where the events go. Default: `<prefix>.<connector>.accounts`."),
  compacted: z
    .boolean()
    .default(false)
    .describe("Create the topic compacted; deletes are then followed by a null."),
  group: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/)
    .optional()
    .describe("Sources that share one credential, and hence one rate budget and one OAuth grant."),
  budget: z
    .strictObject({ requests: z.number().int().positive(), per: atLeast(1, "1ms") })
    .optional()
    .describe("Requests to the upstream, such as `{ requests: 95, per: 10s }`. Default: the connector's."),
  deleteLimit: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe(
      "Deletes that one pass and one rolling day may bring; what goes beyond waits for a person, with 0 every delete does. Default: max(100, 5 % of the accounts).",
    ),
});

/** Every setting of Tidemark, as it stands in the YAML file. */
export const configSchema = z.strictObject({
  prefix: z
    .string()
    .regex(/^[a-zA-Z0-9._-]{1,80}$/, "a prefix has 1 to 80 letters, digits, dots, underscores and hyphens")
    .default("tidemark")
    .describe("Begins the names of topics, groups and transactional ids. Fixed at installation."),
  shards: z
    .number()
    .int()
    .min(1)
    .max(1_024)
    .default(16)
    .describe("Units of ownership. Fixed at installation."),
  postgres: z.strictObject({
    url: z
      .string()
      .regex(/^postgres(ql)?:\/\//, "it must be a postgres:// address")
      .describe("Where accounts, cursors and journal are kept."),
    schema: z
      .string()
      .regex(/^[a-z_][a-z0-9_]{0,62}$/)
      .default("tidemark")
      .describe("The schema that holds all tables."),
  }),
  kafka: z.strictObject({
    brokers: z
      .array(z.string().regex(/^[^:,\s]+:\d+$/, "a broker is written host:port"))
      .min(1)
      .describe("Where to find the cluster."),
    ssl: z
      .union([z.boolean(), z.record(z.string(), z.json())], "it must be true, false, or Node's TLS options")
      .optional()
      .describe("TLS: `true`, or Node's TLS options (`ca`, `cert`, `key` …)."),
    sasl: z
      .record(z.string(), z.json())
      .optional()
      .describe("`{ mechanism: plain | scram-sha-256 | scram-sha-512, username, password }`."),
    partitions: z
      .number()
      .int()
      .min(1)
      .max(1_000)
      .default(6)
      .describe("Of an output topic that Tidemark creates; pinned from then on."),
    allowWeakDurability: z
      .boolean()
      .default(false)
      .describe("Publish although the cluster could lose records: for trying out only."),
  }),
  http: z
    .strictObject({
      host: z.string().default("127.0.0.1").describe("Address of health and metrics."),
      port: z
        .number()
        .int()
        .min(0)
        .max(65_535)
        .default(9_400)
        .describe("Port of health and metrics; 0 takes a free one."),
    })
    .prefault({}),
  journal: z
    .strictObject({
      retention: atLeast(86_400_000, "1d")
        .prefault("30d")
        .describe("How long published events stay in the journal."),
    })
    .prefault({}),
  sources: z
    .record(
      z
        .string()
        .regex(
          /^[a-z0-9][a-z0-9._-]{0,62}$/,
          "a source's name has 1 to 63 lower-case letters, digits, dots, underscores and hyphens",
        ),
      sourceSchema,
    )
    .default({})
    .describe("One entry per feed; its name never changes, since it is part of every key."),
});

/** A checked configuration; references in `sources.*.settings` are still unresolved. */
export type Config = z.infer<typeof configSchema>;
