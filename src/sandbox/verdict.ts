import { foldAccounts } from "../consumer/fold-accounts.ts";
import {
  InvalidEventError,
  type KafkaRecord,
  type ParsedRecord,
  parseEvent,
} from "../consumer/parse-event.ts";
import { canonicalJson } from "../core/canonical-json.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";

/** What an upstream really holds, by account id. */
export interface Truth {
  source: string;
  accounts: ReadonlyMap<string, JsonObject>;
  /** Members that the upstream changes by itself and that are not compared. */
  volatile: readonly string[];
}

/** Whether the topics tell the truth. */
export interface Verdict {
  isOk: boolean;
  /** What differs, one line each; the last line is the verdict. */
  lines: string[];
}

/** Folds committed records, read from the beginning in the order of their partitions, and compares the result with the truth. */
export interface Judge {
  add(record: KafkaRecord): void;
  /** Zero events is never ok: nothing was shown. */
  verdict(truths: readonly Truth[]): Verdict;
}

export function createJudge(): Judge {
  const fold = foldAccounts();
  const violations: string[] = [];
  const numbers = new Set<string>();

  return {
    add(record) {
      const parsed = understood(record);
      if (typeof parsed === "string") {
        violations.push(parsed);
        return;
      }
      const at = `${parsed.shard}:${parsed.seq}`;
      for (const { what } of fold.add(parsed)) violations.push(`${parsed.key} (event ${at}): ${what}`);
      if (parsed.kind === "tombstone") return;
      if (numbers.has(at)) violations.push(`${parsed.key} (event ${at}): published twice`);
      numbers.add(at);
    },
    verdict(truths) {
      const population = fold.population();
      const isOfASource = (key: string) => truths.some(({ source }) => key.startsWith(`${source}/`));
      const strangers = [...population.keys()].filter((key) => !isOfASource(key));
      const lines = [
        ...violations,
        ...truths.flatMap((truth) => differencesOf(truth, population)),
        ...strangers.map((key) => `${key}: belongs to no source`),
      ];
      const accounts = truths.reduce((sum, truth) => sum + truth.accounts.size, 0);
      const counts = `${numbers.size} events, ${accounts} accounts, ${truths.length} sources`;
      if (numbers.size === 0) lines.push("no event has arrived");
      const isOk = lines.length === 0;
      const found = `${lines.length} ${lines.length === 1 ? "difference" : "differences"}`;
      return {
        isOk,
        lines: [
          ...lines,
          isOk ? `verdict: ok, topics equal the truth (${counts})` : `verdict: differs, ${found} (${counts})`,
        ],
      };
    },
  };
}

/** The parsed record, or what is wrong with it. */
function understood(record: KafkaRecord): ParsedRecord | string {
  try {
    return parseEvent(record);
  } catch (error) {
    if (error instanceof InvalidEventError) return error.message;
    throw error;
  }
}

function differencesOf(
  { source, accounts, volatile }: Truth,
  population: ReadonlyMap<string, { attributes: JsonObject } | null>,
): string[] {
  const lines: string[] = [];
  // A source asks for the fields it wants, so the upstream may have more; what one account shows, all others must, too.
  const compared = new Set<string>();
  for (const [key, document] of population) {
    if (!key.startsWith(`${source}/`)) continue;
    for (const member of Object.keys(document?.attributes ?? {}))
      if (!volatile.includes(member)) compared.add(member);
  }
  for (const [id, record] of accounts) {
    const published = population.get(`${source}/${id}`);
    if (published === undefined) lines.push(`${source}/${id}: exists upstream, but not in the topic`);
    // Of a pointer there is nothing to compare.
    else if (published !== null)
      lines.push(...attributeDifferences(`${source}/${id}`, record, published.attributes, compared));
  }
  for (const key of population.keys()) {
    if (key.startsWith(`${source}/`) && !accounts.has(key.slice(source.length + 1))) {
      lines.push(`${key}: is in the topic, but not upstream`);
    }
  }
  return lines;
}

function attributeDifferences(
  key: string,
  record: JsonObject,
  published: JsonObject,
  compared: ReadonlySet<string>,
): string[] {
  return [...compared].flatMap((member) => {
    const [inTopic, upstream] = [textOf(published[member]), textOf(record[member])];
    return inTopic === upstream
      ? []
      : [`${key}: ${member} is ${inTopic} in the topic and ${upstream} upstream`];
  });
}

/** Null and absent members are the same. */
function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return `[${value.map(textOf).join(",")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  const present = Object.entries(value).filter(([, inner]) => inner !== null);
  return canonicalJson(Object.fromEntries(present.map(([member, inner]) => [member, textOf(inner)])));
}
