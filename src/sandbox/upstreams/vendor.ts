import type { FastifyInstance } from "fastify";
import type { z } from "zod";
import type { SimulatedClock } from "./clock.ts";
import type { CommonBehaviour } from "./protocol.ts";
import type { AccountKind, Truth } from "./truth.ts";
import type { Visibility } from "./visibility.ts";

/** The vendors that can be simulated; "rest" is a service that nobody has written a connector for. */
export type UpstreamKind = "sailpoint" | "bamboohr" | "kombo" | "century" | "lumos" | "rest";

/** What makes a simulated upstream one vendor's: its accounts, its routes and the shapes of its answers. */
export interface Vendor<Behaviour extends CommonBehaviour> {
  readonly kind: UpstreamKind;
  readonly accounts: AccountKind;
  /** What `POST /_control/options` takes: any of the behaviour's members. */
  readonly changes: z.ZodType<{ [Name in keyof Behaviour]?: Behaviour[Name] | undefined }>;
  readonly defaults: Behaviour;
  serve(app: FastifyInstance, world: World<Behaviour>): void;
  /** How this vendor says 401, 403, 404 or 429. */
  refusal(status: number): Refusal;
  /** The vendor's answer without any accounts, in the shape of this one. */
  withoutItems(answer: unknown): unknown;
  /** An answer in which each item (account, employee, entry of a feed) was replaced. */
  editItems(answer: unknown, edit: (item: Item, index: number) => Item): unknown;
  /** The item with members and enum values that the vendor never documented. */
  readonly strange: (item: Item) => Item;
}

/** `id` is apart because some vendors write it outside the item; undefined: left out. */
export interface Item {
  readonly id: string | undefined;
  readonly members: Readonly<Record<string, unknown>>;
}

export interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a vendor's routes read. */
export interface World<Behaviour extends CommonBehaviour> {
  readonly clock: SimulatedClock;
  /** As it is now: what a look-up of one account shows. */
  readonly truth: Truth;
  /** As lists and feeds show it. */
  readonly visible: Visibility;
  /** Changes while the upstream runs: read it anew for each request. */
  readonly behaviour: Behaviour;
  readonly seed: number;
}
