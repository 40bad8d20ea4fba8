import type { PinnedTopic } from "../ports/store.ts";
import { type Queryable, run, runForRow, sql } from "./sql.ts";

const pin = sql(
  "topic.pin",
  // The update that changes nothing makes an existing row come back as it is.
  `insert into topic (name, partitions, compacted) values ($1, $2::integer, $3::boolean)
   on conflict (name) do update set name = excluded.name
   returning name, partitions, compacted`,
);

/** @see InstallationStore.pinTopic */
export function pinTopic(db: Queryable, topic: PinnedTopic): Promise<PinnedTopic> {
  return runForRow(db, pin, [topic.name, topic.partitions, topic.compacted]);
}

const list = sql("topic.list", "select name, partitions, compacted from topic order by name");

/** @see InstallationStore.pinnedTopics */
export function pinnedTopics(db: Queryable): Promise<PinnedTopic[]> {
  return run(db, list, []);
}
