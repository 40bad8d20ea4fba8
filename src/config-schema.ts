import { z } from "zod";
import { checkpointsSchema } from "./checkpoints-schema.ts";
import { byteSize } from "./core/byte-size.ts";
import { nearestName } from "./core/faults.ts";
import { isTimeZone, isWindow } from "./core/opening-hours.ts";
import { atLeast } from "./duration-schema.ts";
import { privacySchema } from "./privacy-schema.ts";

const size = z.string("it must be a size with its unit, such as 500MB or 50GB").transform((text, context) => {
  const bytes = byteSize(text);
  if (bytes !== null) return bytes;
  context.addIssue({
    code: "custom",
    message: `${text} is not a size; write a number with its unit, such as 500MB, 50GB or 1TB`,
  });
  return z.NEVER;
});

const windows = z
  .array(
    z
      .string()
      .refine(isWindow, "a window is written `Mon-Fri 06:00-20:00`, `Sat 08:00-12:00` or `22:00-06:00`"),
  )
  .min(1)
  .optional();

const timeZone = z.string().superRefine((name, context) => {
  if (isTimeZone(name)) return;
  const near = nearestName(name, Intl.supportedValuesOf("timeZone"));
  const hint = near === null ? "write it like Europe/Berlin" : `did you mean ${near}?`;
  context.addIssue({ code: "custom", message: `there is no time zone ${name}; ${hint}` });
});

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
  lookBack: z
    .union(
      [
        z.literal("off"),
        z.strictObject({
          every: atLeast(1_000, "1s").optional().describe("Time between two look-backs."),
          window: atLeast(1_000, "1s").optional().describe("How late a change may become visible."),
        }),
      ],
      "it must be `off`, or durations such as `{ every: 6h, window: 24h }`",
    )
    .optional()
    .describe(
      "A change that becomes visible up to `window` late is found within `every`: see [schedules.md](schedules.md). Default: the connector's.",
    ),
  windows: windows.describe(
    "When polls, sweeps and look-backs may start, such as `[Mon-Fri 06:00-20:00, Sat 08:00-12:00]`. Default: at any time.",
  ),
  sweepWindows: windows.describe("When sweeps may start, instead of `windows`, such as `[22:00-06:00]`."),
  timeZone: timeZone.optional().describe("Of the windows, such as `Europe/Berlin`. Default: UTC."),
  topic: topicName.optional().describe("Where the events go. Default: `<prefix>.<connector>.accounts`."),
  compacted: z
    .boolean()
    .default(false)
    .describe("Create the topic compacted; deletes are then followed by a null."),
  group: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/)
    .optional()
    .describe(
      "Sources that share one credential, and hence one rate budget and one OAuth grant: see [limits.md](limits.md).",
    ),
  budget: z
    .strictObject({ requests: z.number().int().positive(), per: atLeast(1, "1ms") })
    .optional()
    .describe(
      "The most requests to the upstream, such as `{ requests: 95, per: 10s }`; it asks less when the upstream says so. Default: the connector's.",
    ),
  deleteLimit: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe(
      "Deletes that one pass and one rolling day may bring; what goes beyond waits for a person, with 0 every delete does. Default: max(100, 5 % of the accounts).",
    ),
  insertLimit: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe(
      "Inserts that one pass and one rolling day may bring after the first load; what goes beyond waits for a person. Default: max(10,000, the number of accounts).",
    ),
  drift: z
    .enum(["ignore", "warn", "hold"])
    .default("warn")
    .describe(
      "What happens when documents have members or types that none had before: nothing, a warning once each, or they wait for a person.",
    ),
  privacy: privacySchema
    .optional()
    .describe("What of an account may be stored, published and quarantined: see [privacy.md](privacy.md)."),
  rejectLimit: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe(
      "Items of one pass that may end in quarantine because they cannot be understood; more of them halt the source, with 0 the first one does. Default: max(19, 10 % of what the pass has read).",
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
    compression: z
      .enum(["none", "gzip", "zstd"])
      .default("none")
      .describe(
        "Of the records in output topics; consumers see no difference, only kafkajs needs `readZstd` of `tidemark/consumer`.",
      ),
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
        .describe("How long published events stay in the journal: see [retention.md](retention.md)."),
      maxSize: size
        .optional()
        .describe(
          "How large the journal may grow, such as `50GB`: its oldest days leave earlier then. Default: any size.",
        ),
    })
    .prefault({}),
  checkpoints: checkpointsSchema.prefault({}),
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
