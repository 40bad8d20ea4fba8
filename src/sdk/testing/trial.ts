import type { AccountDocument, Observation, RejectedItem } from "../../core/account.ts";
import { RetryableError } from "../../core/errors.ts";
import { fingerprint } from "../../core/fingerprint.ts";
import type { JsonValue } from "../../core/json.ts";
import type { Grants } from "../../ports/grants.ts";
import type { ContractSubject, RunningUpstream } from "./contract-subject.ts";
import { type FaultProxy, faultProxy } from "./fault-proxy.ts";
import { impatientClock } from "./impatient-clock.ts";
import { memoryGrants } from "./memory-grants.ts";
import { type PassOptions, type TestClock, type TestContext, testContext } from "./test-context.ts";
import { Unmet, expectThat, listed, told } from "./unmet.ts";

/** A page of a poll or of a sweep. */
export interface ReadPage {
  observations: Observation[];
  rejected: RejectedItem[];
  /** The cursor or the position after it. */
  place: JsonValue;
}

/** A poll or a sweep that has ended. */
export interface ReadPass {
  pages: ReadPage[];
  error: unknown;
  /** Of a sweep: whether it returned `complete()`. */
  isComplete: boolean;
  /** Where a worker would go on after it. */
  next: JsonValue;
}

/** What is known of the accounts: their documents by id. */
export type Known = Map<string, AccountDocument>;

/** One connector over one simulated upstream, with something in between that can go wrong. */
export interface Trial {
  upstream: RunningUpstream;
  proxy: FaultProxy;
  context: TestContext;
  /** Reads forward: a poll; a sweep where the connector cannot poll. @param place null for the first time */
  read(place: JsonValue, options?: PassOptions): Promise<ReadPass>;
  sweep(position: JsonValue, options?: PassOptions): Promise<ReadPass>;
  /** The same by another process: nothing but places is left. */
  inAnotherProcess<Result>(use: (trial: Trial) => Promise<Result>, clock?: TestClock): Promise<Result>;
  /** Takes over what pages say, as a worker would: accounts that only exist are looked up. */
  learn(known: Known, pages: readonly ReadPage[]): Promise<Known>;
  /** Whether a worker would see a change between two documents. */
  differ(left: AccountDocument | undefined, right: AccountDocument | undefined): boolean;
  close(): Promise<void>;
}

const passMs = 30_000;
const idsAtOnce = 100;

/** Starts the upstream and puts the connector before it. */
export async function startTrial(subject: ContractSubject, accounts: number): Promise<Trial> {
  const upstream = await subject.upstream.start(accounts);
  const proxy = await faultProxy(upstream.url, {
    isSpared: (method, path) => subject.upstream.isTokenRequest?.(method, path) ?? false,
  });
  const trial = trialIn(subject, { upstream, proxy, grants: memoryGrants(impatientClock()) });
  return {
    ...trial,
    async close() {
      await trial.close();
      await proxy.close();
      await upstream.close();
    },
  };
}

function trialIn(
  subject: ContractSubject,
  around: { upstream: RunningUpstream; proxy: FaultProxy; grants: Grants },
  clock?: TestClock,
): Trial {
  const { connector, secrets } = subject;
  const { upstream, proxy, grants } = around;
  const settings = subject.settings(proxy.url);
  const context = testContext(connector, settings, {
    secrets,
    grants,
    ...(clock === undefined ? {} : { clock }),
  });
  const canPoll = connector.canPoll(connector.checkSettings(settings));

  async function sweep(position: JsonValue, options: PassOptions = {}): Promise<ReadPass> {
    const ended = await inTime(options, (limited) => context.sweep(position, limited));
    const { error, isComplete } = ended;
    const pages = ended.pages.map(({ position: place, ...page }) => ({ ...page, place }));
    // What ended well, or cannot go on, begins anew.
    const goesOn = error instanceof RetryableError && error.code !== "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE";
    return { pages, error, isComplete, next: goesOn ? (pages.at(-1)?.place ?? position) : null };
  }

  async function poll(cursor: JsonValue, options: PassOptions = {}): Promise<ReadPass> {
    const ended = await inTime(options, (limited) => context.poll(cursor, limited));
    const pages = ended.pages.map(({ cursor: place, ...page }) => ({ ...page, place }));
    return { pages, error: ended.error, isComplete: false, next: pages.at(-1)?.place ?? cursor };
  }

  async function learn(known: Known, pages: readonly ReadPage[]): Promise<Known> {
    const toLookUp = new Set<string>();
    const take = (observation: Observation) => {
      if ("gone" in observation) known.delete(observation.id);
      else if ("document" in observation) known.set(observation.id, observation.document);
      else if (!known.has(observation.id)) toLookUp.add(observation.id);
    };
    for (const observation of observedIn(pages)) take(observation);
    const ids = [...toLookUp].filter((id) => !known.has(id));
    for (let first = 0; first < ids.length; first += idsAtOnce) {
      const looked = await context.get(ids.slice(first, first + idsAtOnce));
      for (const observation of looked.observations) if (!("present" in observation)) take(observation);
    }
    return known;
  }

  return {
    upstream,
    proxy,
    context,
    read: canPoll ? poll : sweep,
    sweep,
    async inAnotherProcess(use, otherClock) {
      const other = trialIn(subject, around, otherClock);
      try {
        return await use(other);
      } finally {
        await other.close();
      }
    },
    learn,
    differ(left, right) {
      if (left === undefined || right === undefined) return left !== right;
      return fingerprint(left, connector.volatile).hash !== fingerprint(right, connector.volatile).hash;
    },
    close: () => context.close(),
  };
}

/** All observations of some pages, in order. */
export function observedIn(pages: readonly ReadPage[]): Observation[] {
  return pages.flatMap(({ observations }) => observations);
}

/** Ids of accounts of which pages say something else than what is known. */
export function newsIn(trial: Trial, pages: readonly ReadPage[], known: Known): string[] {
  return observedIn(pages)
    .filter((seen) => {
      if ("gone" in seen) return known.has(seen.id);
      return "document" in seen && trial.differ(known.get(seen.id), seen.document);
    })
    .map(({ id }) => id);
}

/** Reads until it ends well. @throws Unmet when it does not */
export async function readWell(trial: Trial, place: JsonValue): Promise<ReadPass> {
  const pass = await trial.read(place);
  expectThat(pass.error === null, "the pass to end without an error", told(pass.error));
  return pass;
}

/** @throws Unmet unless exactly these accounts are known */
export function expectAll(known: Known, ids: readonly string[]): void {
  const missing = ids.filter((id) => !known.has(id));
  expectThat(
    missing.length === 0,
    `all ${ids.length} accounts to be read`,
    `${missing.length} were not: ${listed(missing)}`,
  );
  const extra = [...known.keys()].filter((id) => !ids.includes(id));
  expectThat(extra.length === 0, "no account to be known that is not there", `there is ${listed(extra)}`);
}

/** @throws Unmet when the pass does not end in time: one that reads in a circle never does */
async function inTime<Result>(
  options: PassOptions,
  run: (options: PassOptions) => Promise<Result>,
): Promise<Result> {
  const late = new AbortController();
  const signal = options.signal === undefined ? late.signal : AbortSignal.any([options.signal, late.signal]);
  const { promise: timedOut, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Unmet(`the pass to end within ${passMs / 1_000} s`, "it did not"));
    late.abort(new Error("the contract suite has waited long enough"));
  }, passMs);
  try {
    return await Promise.race([run({ ...options, signal }), timedOut]);
  } finally {
    clearTimeout(timer);
  }
}
