import { type ConnectorContext, type JsonObject, RetryableError, defineConnector } from "tidemark/sdk";
import { accountDocument, complete, incompleteSweep, observeItems, refusal } from "tidemark/sdk";
import type { SweptConnectorDefinition } from "tidemark/sdk";
import { z } from "zod";

const settings = z.strictObject({ baseUrl: z.url(), apiKey: z.string().min(1) });
const position = z.object({ page: z.string().nullable(), seen: z.int(), total: z.int() });
const list = z.object({ people: z.array(z.json()), next: z.string().nullable(), total: z.int() });
const text = z.string().min(1).nullable().catch(null);
type Context = ConnectorContext<z.infer<typeof settings>>;

/** What the service answers, or null where it has nothing. */
async function ask<Answer>(path: string, answer: z.ZodType<Answer>, { settings, http }: Context) {
  const headers = { authorization: `Bearer ${settings.apiKey}` };
  const response = await http.request({ url: `${settings.baseUrl}/people${path}`, headers });
  if (response.status === 404) return null;
  const read = response.status === 200 ? answer.safeParse(response.json()) : null;
  if (read?.success) return read.data;
  throw refusal(http, response, response.body);
}

export async function readPage(query: { page: string; since?: string }, context: Context) {
  const read = await ask(`?${new URLSearchParams(query).toString()}`, list, context);
  if (read !== null && read.next !== query.page) return { ...read, ...observeItems(read.people, observed) };
  throw new RetryableError("TIDEMARK_UPSTREAM_UNAVAILABLE", "the list of people does not go on");
}

function observed(id: string, person: JsonObject) {
  const [displayName, updatedAt] = [text.parse(person["name"]), text.parse(person["changedAt"])];
  return { id, document: accountDocument({ id, displayName, updatedAt, kind: "person" }, person) };
}

export const definition: SweptConnectorDefinition<Context["settings"], z.infer<typeof position>> = {
  name: "people",
  settings,
  position,
  deletes: "by-absence",
  volatile: [],
  defaults: { everyMs: 900_000, budget: { requests: 5, perMs: 1_000 } },
  async *sweep({ position, ...context }) {
    let { page, seen, total } = position ?? { page: "", seen: 0, total: 0 };
    while (page !== null) {
      const { observations, rejected, ...read } = await readPage({ page }, context);
      [page, seen, total] = [read.next, seen + observations.length, Math.max(total, read.total)];
      yield { observations, rejected, position: { page, seen, total } };
    }
    if (seen === total) return complete();
    throw incompleteSweep(`it saw ${seen} of ${total} people`);
  },
  async get(ids, context) {
    const people = await Promise.all(ids.map((id) => ask(`/${id}`, z.json(), context)));
    const gone = ids.filter((_id, index) => people[index] === null);
    const tombstones = gone.map((id) => ({ id, gone: true as const, at: null }));
    const there = people.filter((person) => person !== null);
    const { observations, rejected } = observeItems(there, observed);
    return { observations: [...observations, ...tombstones], rejected };
  },
};

export const people = defineConnector(definition);
