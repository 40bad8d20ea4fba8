import type { CheckpointStore } from "./checkpoint-store.ts";
import type { ControlStore } from "./control-store.ts";
import type { HoldStore } from "./hold-store.ts";
import type { InstallationStore } from "./installation-store.ts";
import type { JournalStore } from "./journal-store.ts";
import type { LeaseStore } from "./lease-store.ts";
import type { PassStore } from "./pass-store.ts";
import type { PrivacyStore } from "./privacy-store.ts";
import type { QuarantineStore } from "./quarantine-store.ts";
import type { RepairStore } from "./repair-store.ts";
import type { ReplayStore } from "./replay-store.ts";
import type { ShapeStore } from "./shape-store.ts";
import type { SourceStore } from "./source-store.ts";
import type { TokenStore } from "./token-store.ts";

export type * from "./checkpoint-store.ts";
export type * from "./control-store.ts";
export type * from "./fence.ts";
export type * from "./hold-store.ts";
export type * from "./installation-store.ts";
export type * from "./journal-store.ts";
export type * from "./lease-store.ts";
export type * from "./overview.ts";
export type * from "./pass-store.ts";
export type * from "./privacy-store.ts";
export type * from "./quarantine-store.ts";
export type * from "./repair-store.ts";
export type * from "./replay-store.ts";
export type * from "./shape-store.ts";
export type * from "./source-store.ts";
export type * from "./token-store.ts";

/**
 * Everything durable. Numbers of 64 bits (`term`, `revision`, `seq`, nonces) are decimal text: they do not fit a number.
 *
 * Every function @throws RetryableError `TIDEMARK_DATABASE_UNAVAILABLE` (also when the outcome of a statement is unknown),
 * `TIDEMARK_DATABASE_CONFLICT`; FatalError `TIDEMARK_DATABASE_BUG`, `TIDEMARK_DATABASE_NOT_MIGRATED`, `TIDEMARK_DATABASE_NEWER`.
 */
export interface Store
  extends
    InstallationStore,
    ControlStore,
    LeaseStore,
    SourceStore,
    PassStore,
    HoldStore,
    ShapeStore,
    QuarantineStore,
    PrivacyStore,
    CheckpointStore,
    ReplayStore,
    JournalStore,
    RepairStore,
    TokenStore {
  close(): Promise<void>;
}
