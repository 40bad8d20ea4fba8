import { isDeepStrictEqual } from "node:util";
import { type ContractRule, whyNoPolls } from "./contract-rule.ts";
import { newsIn, observedIn, readWell } from "./trial.ts";
import { expectThat, listed } from "./unmet.ts";

const hourMs = 3_600_000;

/** What looking back promises: what has changed lately is read again, and polls go on where they were. */
export const lookBackRules: readonly ContractRule[] = [
  {
    name: "a cursor that looks back reads again what changed lately, and leaves the one of the polls as it is",
    whyNot: (subject) =>
      whyNoPolls(subject) ??
      (subject.connector.lookBack === null ? "the connector does not look back" : null),
    async run(trial, { connector }) {
      const first = await readWell(trial, null);
      const changes = await trial.upstream.mutate({ insert: 2, update: 3, delete: 2 });
      const second = await readWell(trial, first.next);
      const known = await trial.learn(new Map(), [...first.pages, ...second.pages]);
      const live = structuredClone(second.next);
      const cursor = connector.lookBack?.from(second.next, hourMs) ?? null;
      expectThat(cursor !== null, "a cursor, since a poll has ended", "there was none");
      const back = await readWell(trial, cursor);
      const read = new Set(observedIn(back.pages).map(({ id }) => id));
      const unread = changes.filter(
        ({ id, op }) => !read.has(id) && (op !== "delete" || connector.deletes === "tombstones"),
      );
      expectThat(
        unread.length === 0,
        "what changed within an hour to be read again",
        `it was not for ${listed(unread.map(({ id }) => id))}`,
      );
      const news = newsIn(trial, back.pages, known);
      expectThat(
        news.length === 0,
        "no news, since polls have read it",
        `there is some about ${listed(news)}`,
      );
      expectThat(isDeepStrictEqual(second.next, live), "the cursor to stay as it is", "it was changed");
    },
  },
];
