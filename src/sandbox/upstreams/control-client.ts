import { fetch } from "undici";
import type {
  Changed,
  CommonBehaviour,
  Fault,
  HistoryEntry,
  InjectedFault,
  Mutation,
  LivingAccount,
  RecordedRequest,
  TruthSlice,
} from "./protocol.ts";

/**
 * A simulated upstream seen from its control port.
 *
 * Every function throws an Error with the upstream's own words when it is refused.
 */
export interface Control<Behaviour extends CommonBehaviour> {
  mutate(mutation: Mutation): Promise<Changed[]>;
  /** Changes that go on by themselves; 0 stops them. */
  churn(perSecond: number): Promise<void>;
  inject(...faults: readonly Fault[]): Promise<InjectedFault[]>;
  /** Which faults there are and how often each struck. */
  faults(): Promise<InjectedFault[]>;
  clearFaults(): Promise<void>;
  /** Changes some of the behaviour; returns all of it. */
  options(changes?: Partial<Behaviour>): Promise<Behaviour>;
  /** Moves the upstream's clock forward; returns its time. */
  advance(advanceMs: number): Promise<string>;
  /** All living accounts: consistent only while nothing changes. */
  truth(): Promise<TruthSlice>;
  /** Every state that an account had; empty for an id that never was. */
  history(id: string): Promise<HistoryEntry[]>;
  /** What clients asked so far (not through the control port), oldest first. */
  requests(): Promise<RecordedRequest[]>;
  clearRequests(): Promise<void>;
}

/** @param url The simulated upstream's address, without a path. */
export function controlOf<Behaviour extends CommonBehaviour>(url: string): Control<Behaviour> {
  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${url}/_control/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was refused: ${text}`);
    return JSON.parse(text);
  }

  async function truth(): Promise<TruthSlice> {
    const accounts: LivingAccount[] = [];
    for (;;) {
      const slice = (await call("GET", `truth?from=${String(accounts.length)}`)) as TruthSlice;
      for (const account of slice.accounts) accounts.push(account);
      if (slice.accounts.length === 0 || accounts.length >= slice.population) return { ...slice, accounts };
    }
  }

  return {
    mutate: async (mutation) => (await call("POST", "mutate", mutation)) as Changed[],
    churn: async (perSecond) => void (await call("POST", "churn", { perSecond })),
    inject: async (...faults) => (await call("POST", "faults", faults)) as InjectedFault[],
    faults: async () => (await call("GET", "faults")) as InjectedFault[],
    clearFaults: async () => void (await call("DELETE", "faults")),
    options: async (changes = {}) => (await call("POST", "options", changes)) as Behaviour,
    advance: async (advanceMs) => ((await call("POST", "clock", { advanceMs })) as { at: string }).at,
    truth,
    history: async (id) => (await call("GET", `history?id=${encodeURIComponent(id)}`)) as HistoryEntry[],
    requests: async () => (await call("GET", "requests")) as RecordedRequest[],
    clearRequests: async () => void (await call("DELETE", "requests")),
  };
}
