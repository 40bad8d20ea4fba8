import { z } from "zod";

const natural = z.number().int().min(0);

/** One change, as `POST /_control/mutate` takes it. */
const change = z.strictObject({
  op: z.enum(["insert", "update", "delete", "recreate"]),
  id: z.string().optional(),
  changes: z.record(z.string(), z.unknown()).optional(),
});

/** `POST /_control/mutate`: how many changes of each kind, explicit changes after them, and when they happen. */
export const mutation = z.strictObject({
  insert: natural.optional(),
  update: natural.optional(),
  delete: natural.optional(),
  changes: z.array(change).optional(),
  /** All at one instant. */
  tie: z.boolean().optional(),
  /** All at this past instant: a change that turns up late with its real time. */
  at: z.iso.datetime().optional(),
  /** Each this long after the one before; the upstream's clock moves along. */
  apartMs: z.number().int().min(1).optional(),
  /** Replaces the upstream's read lag for these changes. */
  lagMs: natural.optional(),
});
export type Mutation = z.infer<typeof mutation>;

/**
 * `POST /_control/faults`: what goes wrong, on which requests.
 *
 * - `401`, `403`, `429`: refused as the vendor refuses; `500`, `502`, `503`: a gateway's HTML page
 * - `reset`: the connection is cut without an answer
 * - `slow`: the headers come `ms` late; with `trickle` the body drips for `ms` instead
 * - `truncated`: the first half of the JSON; `empty-body`: 200 and nothing; `empty-answer`: 200 and no accounts
 * - `wrong-shape`: JSON of a shape the vendor does not document
 * - `item-without-id`, `item-with-nul`: the first item has no id, or a NUL in it
 * - `unknown-members`: every item has members and enum values that nobody has heard of
 * - `huge`: an endless string, `bytes` long
 * - `shift`: the answer is right, and `mutation` happens before the next request
 */
export const fault = z.strictObject({
  kind: z.enum([
    "401",
    "403",
    "429",
    "500",
    "502",
    "503",
    "reset",
    "slow",
    "truncated",
    "empty-body",
    "empty-answer",
    "wrong-shape",
    "item-without-id",
    "item-with-nul",
    "unknown-members",
    "huge",
    "shift",
  ]),
  /** A regular expression on path and query; every request when left out. */
  path: z.string().optional(),
  /** How many matching requests are spared first. */
  after: natural.optional(),
  /** How many requests it then hits; 1 when left out. */
  times: natural.optional(),
  /** For 429 and 503: which form of Retry-After; "seconds" for 429 and "none" for 503 when left out. */
  retryAfter: z.enum(["seconds", "date", "none"]).optional(),
  retryAfterSeconds: natural.optional(),
  ms: natural.optional(),
  trickle: z.boolean().optional(),
  bytes: natural.optional(),
  mutation: mutation.optional(),
});
export type Fault = z.infer<typeof fault>;

export const churn = z.strictObject({ perSecond: z.number().min(0) });
export const clockChange = z.strictObject({ advanceMs: natural });
export const slice = z.object({
  from: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).default(10_000),
});

/** What every simulated upstream can be told to do otherwise while it runs. */
export const commonBehaviour = z.strictObject({
  /** How long a change stays invisible to lists and feeds. */
  lagMs: natural,
  /** Up to this much is added to each change's lag, at random. */
  lagJitterMs: natural,
  /** How many requests of one client are served within a time; null for no limit. */
  rateLimit: z.strictObject({ requests: natural, windowMs: natural }).nullable(),
});
export type CommonBehaviour = z.infer<typeof commonBehaviour>;

/** A change that was made. */
export interface Changed {
  readonly id: string;
  readonly op: "insert" | "update" | "delete";
  readonly version: number;
  readonly at: string;
}

/** A state that an account had, or (null) that it was gone. */
export interface HistoryEntry extends Changed {
  readonly record: unknown;
}

/** A living account, as the upstream would serve it without lag. */
export interface LivingAccount {
  readonly id: string;
  readonly version: number;
  readonly record: Readonly<Record<string, unknown>>;
}

/** `GET /_control/truth`. */
export interface TruthSlice {
  /** The upstream's clock. */
  readonly at: string;
  readonly population: number;
  /** How many changes there ever were. */
  readonly changes: number;
  readonly accounts: readonly LivingAccount[];
}

/** A fault with how often it struck so far. */
export interface InjectedFault extends Fault {
  readonly id: number;
  readonly struck: number;
}

/** A request as it came in, and how it was answered (0: the connection was cut). */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly status: number;
  /** By the machine's clock. */
  readonly at: string;
}
