/** Who has to act: the scheduler (retry), a person for one source (halt), the process (fatal), whoever starts it (config). */
export type ErrorKind = "retry" | "halt" | "fatal" | "config";

interface ErrorRow {
  kind: ErrorKind;
  /** When it happens. */
  when: string;
  /** What to do about it. */
  whatToDo: string;
}

/** Every error code, once. Codes are stable: alerts and runbooks name them. */
export const errorTable = {
  TIDEMARK_UPSTREAM_THROTTLED: {
    kind: "retry",
    when: "The upstream asked to slow down.",
    whatToDo:
      "Nothing: the source waits as long as asked. If it stays throttled, poll it less often or give its group a lower rate: see docs/limits.md.",
  },
  TIDEMARK_UPSTREAM_UNAVAILABLE: {
    kind: "retry",
    when: "The upstream could not be reached, timed out, or answered with a server error.",
    whatToDo:
      "Nothing: the source tries again with growing pauses. If it lasts, ask the upstream by hand: tidemark doctor --source <source>",
  },
  TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE: {
    kind: "retry",
    when: "A sweep could not prove that it saw every account (a count that does not match, a page that moved).",
    whatToDo:
      "Nothing: an incomplete sweep deletes nothing and is repeated. If it never completes, sweep at a quieter time: set the source's sweepWindows.",
  },
  TIDEMARK_PASS_STUCK: {
    kind: "retry",
    when: "A pass neither heard of the upstream nor committed anything for ten minutes, and was ended.",
    whatToDo:
      "Nothing: the source tries again with growing pauses. If it happens again, the connector waits for something that never comes: report it with the log. See docs/freshness.md.",
  },
  TIDEMARK_UPSTREAM_UNAUTHORIZED: {
    kind: "halt",
    when: "The upstream refused the credentials, even after one token refresh.",
    whatToDo: "Correct the source's credentials, then run: tidemark source resume <source>",
  },
  TIDEMARK_UPSTREAM_FORBIDDEN: {
    kind: "halt",
    when: "The credentials are valid but may not read accounts.",
    whatToDo:
      "Give the account behind the credentials the rights that the connector's page lists, then run: tidemark source resume <source>",
  },
  TIDEMARK_UPSTREAM_UNEXPECTED: {
    kind: "halt",
    when: "The upstream answered with something its documentation does not describe.",
    whatToDo:
      "Check the source's address and the upstream's version; report the answer if both are right. Then run: tidemark source resume <source>",
  },
  TIDEMARK_UPSTREAM_REJECTED_REQUEST: {
    kind: "halt",
    when: "The upstream says that the request itself is wrong.",
    whatToDo:
      "Check the source's settings against the connector's page, run: tidemark apply, then: tidemark source resume <source>",
  },
  TIDEMARK_SOURCE_SETTINGS: {
    kind: "halt",
    when: "The source's settings do not fit its connector, or a secret they refer to cannot be read.",
    whatToDo:
      "Correct the settings or provide the secret to every worker, run: tidemark apply, then: tidemark source resume <source>",
  },
  TIDEMARK_SOURCE_CURSOR: {
    kind: "halt",
    when: "The stored cursor cannot be read by this version of the connector.",
    whatToDo:
      "Run the version of Tidemark that wrote the cursor; or have everything read again: tidemark cursor reset <source>, then tidemark source resume <source>.",
  },
  TIDEMARK_TOO_MANY_QUARANTINED: {
    kind: "halt",
    when: "Too many items of one pass could not be understood.",
    whatToDo:
      "The upstream's format has probably changed. Look at what is in quarantine: tidemark quarantine list <source>. To let more of it happen, raise the source's rejectLimit. Then run: tidemark source resume <source>",
  },
  TIDEMARK_CONNECTOR_FAILED: {
    kind: "halt",
    when: "The connector failed in a way that it does not know itself: a bug.",
    whatToDo: "Report it with the cause in the log, then run: tidemark source resume <source>",
  },
  TIDEMARK_DATABASE_UNAVAILABLE: {
    kind: "retry",
    when: "Postgres could not be reached, or ended the connection or the statement.",
    whatToDo: "Nothing: work goes on when the database is back. To see what is away: tidemark doctor",
  },
  TIDEMARK_DATABASE_CONFLICT: {
    kind: "retry",
    when: "Postgres gave up a statement in favour of another one (deadlock, serialization, lock timeout).",
    whatToDo:
      "Nothing: the statement is tried again. If it lasts, see what the database does: tidemark doctor",
  },
  TIDEMARK_KAFKA_UNAVAILABLE: {
    kind: "retry",
    when: "Kafka could not be reached, or the outcome of a transaction is unknown.",
    whatToDo:
      "Nothing: the publisher opens anew, asks the broker where to go on, and continues. To see what is away: tidemark doctor",
  },
  TIDEMARK_EVENT_TOO_LARGE: {
    kind: "fatal",
    when: "The broker refused an event because of its size, although larger events than its topic takes are published as pointers.",
    whatToDo:
      "Raise max.message.bytes of the topic to at least 32 KiB, which a pointer may take (docs/large-accounts.md); the shard waits at this event and loses nothing.",
  },
  TIDEMARK_DATABASE_NOT_MIGRATED: {
    kind: "fatal",
    when: "The database has no Tidemark schema, or an older one.",
    whatToDo: "Run: tidemark migrate",
  },
  TIDEMARK_DATABASE_NEWER: {
    kind: "fatal",
    when: "The database was migrated by a newer Tidemark than this one.",
    whatToDo:
      "Run the newer version; going back needs a backup from before the migration. To see which is which: tidemark doctor",
  },
  TIDEMARK_DATABASE_BUG: {
    kind: "fatal",
    when: "Postgres refused a statement for a reason that trying again cannot cure.",
    whatToDo:
      "Report it with the cause in the log; if it says permission denied, grant the role of postgres.url the rights on the schema.",
  },
  TIDEMARK_JOURNAL_GAP: {
    kind: "fatal",
    when: "The journal is not contiguous where the publisher reads it.",
    whatToDo:
      "Stop writing to the journal from outside, restore it from a backup, report this, and see docs/recovery.md.",
  },
  TIDEMARK_TOPIC_MISSING: {
    kind: "fatal",
    when: "A topic that this installation had is gone, or was created anew without its events.",
    whatToDo:
      "Check that kafka.brokers names the right cluster. Then stop the workers, run: tidemark repair --dry-run, and see docs/recovery.md.",
  },
  TIDEMARK_TOPIC_PARTITIONS: {
    kind: "fatal",
    when: "A topic has another number of partitions than the installation pinned; publishing would break the order per account.",
    whatToDo:
      "Stop the workers, delete the topic, run: tidemark repair --republish-from 1, and see docs/recovery.md. Or use another topic for the source.",
  },
  TIDEMARK_WEAK_DURABILITY: {
    kind: "fatal",
    when: "The cluster or a topic could lose acknowledged records (replication, in-sync replicas, unclean election, retention of offsets).",
    whatToDo:
      "Correct the settings that are named, or, for trying out only, set kafka.allowWeakDurability: true",
  },
  TIDEMARK_BROKER_UNSUPPORTED: {
    kind: "fatal",
    when: "The brokers do not offer an API version that publishing needs.",
    whatToDo: "Use Kafka 3.9 or newer, up to 4.x, for kafka.brokers.",
  },
  TIDEMARK_OTHER_CLUSTER: {
    kind: "fatal",
    when: "The brokers belong to another cluster than the one this database has published to.",
    whatToDo: "Point kafka.brokers back at the old cluster, or start a new installation for the new one.",
  },
  TIDEMARK_OTHER_JOURNAL: {
    kind: "fatal",
    when: "The progress in Kafka was written from another database.",
    whatToDo:
      "Give each database its own prefix, or connect the database that belongs to this prefix: see docs/recovery.md.",
  },
  TIDEMARK_PROGRESS_LOST: {
    kind: "fatal",
    when: "The shard's progress is gone from Kafka (expired, group or topic deleted), and the topics do not prove it.",
    whatToDo:
      "Do not create it by hand. Stop the workers, run: tidemark repair --dry-run, and see docs/recovery.md.",
  },
  TIDEMARK_KAFKA_WENT_BACK: {
    kind: "fatal",
    when: "Kafka remembers less than was published (unclean election, restored cluster), or a repair was not finished.",
    whatToDo: "Stop the workers, run: tidemark repair --dry-run, and see docs/recovery.md.",
  },
  TIDEMARK_DATABASE_WENT_BACK: {
    kind: "fatal",
    when: "The database remembers less than Kafka (restored backup, failover to a lagging replica).",
    whatToDo: "Stop the workers, run: tidemark repair --dry-run --from-kafka, and see docs/recovery.md.",
  },
  TIDEMARK_HISTORY_FORKED: {
    kind: "fatal",
    when: "Database and Kafka hold different events under the same number (the database was restored and then used).",
    whatToDo: "Stop the workers, run: tidemark repair --dry-run --from-kafka, and see docs/recovery.md.",
  },
  TIDEMARK_CONFIG_INVALID: {
    kind: "config",
    when: "The configuration has faults.",
    whatToDo: "Correct every line that is listed: see docs/settings.md.",
  },
  TIDEMARK_USAGE: {
    kind: "config",
    when: "The command line is not understood.",
    whatToDo: "Run: tidemark --help",
  },
} as const satisfies Record<string, ErrorRow>;

/** A stable error code. */
export type ErrorCode = keyof typeof errorTable;

/** Whether a stored code is one of this version's. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}
