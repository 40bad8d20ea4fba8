import type { JsonObject, JsonValue } from "../../core/json.ts";
import type { Connector } from "../../ports/connector.ts";

/** A connector and what the contract suite needs to try it. */
export interface ContractSubject {
  connector: Connector;
  /** What an operator would set for the service at this address (no slash at its end), secrets in clear. */
  settings(url: string): JsonValue;
  /** Values in the settings that must not show anywhere. */
  secrets: readonly string[];
  upstream: ContractUpstream;
}

/** A service that the connector reads, simulated by the connector's author. Only `start` and `accounts` are needed. */
export interface ContractUpstream {
  /** Starts it anew, on 127.0.0.1, with this many accounts. Its answers come back at once, and show every change at once. */
  start(accounts: number): Promise<RunningUpstream>;
  /** How many accounts it takes for a pass of three pages or more. */
  accounts: number;
  /** Requests for tokens, by method and path. Left out: the connector gets none. */
  isTokenRequest?(method: string, path: string): boolean;
  /** An answer as it is when there are no accounts at all. Answers that never have any are returned as they are. */
  withoutItems?(answer: JsonValue): JsonValue;
  /** An answer with each account in it (an entry of a feed of changes, too) replaced. Others are returned as they are. */
  editItems?(answer: JsonValue, edit: (item: ContractItem, index: number) => ContractItem): JsonValue;
  /** The member whose values are words from a list, such as `status`. */
  wordMember?: string;
}

/** An account in an answer. The id is apart, since not every service writes it into the account. */
export interface ContractItem {
  /** undefined: left out. */
  id: string | undefined;
  members: JsonObject;
}

/** A simulated service that runs. */
export interface RunningUpstream {
  /** Its address, without a slash at its end. */
  url: string;
  /** Ids of all accounts that there are, in any order. */
  ids(): Promise<readonly string[]>;
  /** Adds, changes and removes that many accounts: each another one, and none that it has touched before. */
  mutate(counts: { insert?: number; update?: number; delete?: number }): Promise<readonly ContractChange[]>;
  close(): Promise<void>;
}

/** A change that was made. */
export interface ContractChange {
  id: string;
  op: "insert" | "update" | "delete";
}
