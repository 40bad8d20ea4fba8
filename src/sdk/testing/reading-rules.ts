import { inspect, isDeepStrictEqual } from "node:util";
import { RetryableError } from "../../core/errors.ts";
import { type ContractRule, whyNoPolls, whyWithout } from "./contract-rule.ts";
import { expectAll, newsIn, observedIn, readWell } from "./trial.ts";
import { expectThat, listed, told } from "./unmet.ts";

/** What reading forward promises: nothing is lost, nothing is read for nothing, every page is a place to go on from. */
export const readingRules: readonly ContractRule[] = [
  {
    name: "the first pass reads every account",
    async run(trial) {
      const { pages } = await readWell(trial, null);
      expectThat(
        pages.length >= 3,
        "three pages or more of `upstream.accounts`",
        `there were ${pages.length}: let the service have more accounts, or smaller pages`,
      );
      expectAll(await trial.learn(new Map(), pages), await trial.upstream.ids());
    },
  },
  {
    name: "a pass repeats no account while nothing changes, the first poll none that differs",
    async run(trial) {
      const first = await readWell(trial, null);
      const known = await trial.learn(new Map(), first.pages);
      const news = newsIn(trial, first.pages, known);
      expectThat(news.length === 0, "an account that comes again to be the same", `${listed(news)} was not`);
      await trial.upstream.mutate({ insert: 2, update: 3 });
      for (const { pages } of [await readWell(trial, first.next), await trial.sweep(null)]) {
        const ids = observedIn(pages).map(({ id }) => id);
        const repeated = ids.filter((id, index) => ids.indexOf(id) !== index);
        expectThat(repeated.length === 0, "each account once", `${listed(repeated)} came again`);
      }
    },
  },
  {
    name: "every page is a place to go on from, also for another process",
    async run(trial) {
      const { pages } = await readWell(trial, null);
      const ids = await trial.upstream.ids();
      for (const [index, { place }] of pages.slice(0, -1).entries()) {
        await trial.inAnotherProcess(async (next) => {
          const known = await next.learn(new Map(), pages.slice(0, index + 1));
          const { pages: rest } = await readWell(next, place);
          const news = newsIn(next, rest, known).filter((id) => known.has(id));
          expectThat(
            news.length === 0,
            "what is read again to be the same",
            `behind page ${index + 1} it differs for ${listed(news)}`,
          );
          expectAll(await next.learn(known, rest), ids);
          const [read, whole] = [observedIn(rest).length, observedIn(pages).length];
          expectThat(
            read < whole,
            "a pass that goes on to read less than a whole one",
            `behind page ${index + 1} it read ${read} accounts of ${whole}`,
          );
        });
      }
    },
  },
  {
    name: "cursors and positions are JSON",
    async run(trial) {
      for (const pass of [trial.read, trial.sweep]) {
        const { error } = await pass(null, {
          async beforeNext(page) {
            const place = "cursor" in page ? page.cursor : page.position;
            expectThat(
              isDeepStrictEqual(JSON.parse(JSON.stringify(place ?? null)), place),
              "a place to be the same after it was stored",
              `${inspect(place)} is not all of it`,
            );
          },
        });
        expectThat(error === null, "the pass to end without an error", told(error));
      }
    },
  },
  {
    name: "a poll finds what changed, and no other news",
    whyNot: whyNoPolls,
    async run(trial, { connector }) {
      const first = await readWell(trial, null);
      const before = await trial.learn(new Map(), first.pages);
      const changes = await trial.upstream.mutate({ insert: 2, update: 3, delete: 2 });
      const { pages } = await readWell(trial, first.next);
      const known = await trial.learn(new Map(before), pages);
      for (const { id, op } of changes) {
        if (op === "delete" && connector.deletes !== "tombstones") continue;
        expectThat(
          trial.differ(before.get(id), known.get(id)),
          `the ${op} of ${id} to be read`,
          "it was not",
        );
      }
      const news = newsIn(trial, pages, before).filter((id) => changes.every((change) => change.id !== id));
      expectThat(news.length === 0, "no other news", `there is some about ${listed(news)}`);
    },
  },
  {
    name: "a poll of nothing new yields a page without news",
    whyNot: whyNoPolls,
    async run(trial) {
      const first = await readWell(trial, null);
      const known = await trial.learn(new Map(), first.pages);
      const second = await readWell(trial, first.next);
      const third = await readWell(trial, second.next);
      for (const { pages } of [second, third]) {
        expectThat(pages.length > 0, "a page, since its cursor counts", "there was none");
        const news = newsIn(trial, pages, known);
        expectThat(news.length === 0, "no news", `there is some about ${listed(news)}`);
      }
    },
  },
  {
    name: "an upstream without accounts is no error",
    accounts: 0,
    async run(trial) {
      const { pages } = await readWell(trial, null);
      expectThat(pages.length > 0, "a page", "there was none");
      const ids = observedIn(pages).map(({ id }) => id);
      expectThat(ids.length === 0, "no account", `there was ${listed(ids)}`);
    },
  },
  {
    name: "an answer that is empty by mistake takes nobody away and hides nothing",
    whyNot: whyWithout("withoutItems"),
    async run(trial, { upstream: { withoutItems: edit = (answer) => answer } }) {
      const first = await readWell(trial, null);
      const before = await trial.learn(new Map(), first.pages);
      let begun = first.next;
      for (const after of [0, 1, 2]) {
        const changes = await trial.upstream.mutate({ update: 2 });
        trial.proxy.strike({ kind: "edited", edit, after, times: 1 });
        const struck = await trial.read(begun);
        trial.proxy.heal();
        expectThat(
          struck.error === null || struck.error instanceof RetryableError,
          "the pass to end well or to be tried again",
          told(struck.error),
        );
        const gone = observedIn(struck.pages).filter((seen) => "gone" in seen);
        expectThat(gone.length === 0, "nobody to be gone", `${listed(gone.map(({ id }) => id))} is`);
        const rest = await readWell(trial, struck.next);
        const known = await trial.learn(new Map(before), [...struck.pages, ...rest.pages]);
        const hidden = changes.filter(({ id }) => !trial.differ(before.get(id), known.get(id)));
        const setAside = struck.pages.flatMap(({ rejected }) => rejected).length;
        expectThat(
          hidden.length <= setAside,
          "the next pass to find what changed",
          `it did not for ${listed(hidden.map(({ id }) => id))}`,
        );
        begun = rest.next;
      }
    },
  },
];
