import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { JsonObject } from "tidemark/sdk";
import type { ContractItem, ContractUpstream } from "tidemark/sdk/testing";

const pageSize = 20;

/** What the service answers: a list, or one person. */
type Answer = JsonObject & { people?: JsonObject[] };

/** The service that `people` reads: `GET /people?page=&since=` and `GET /people/:id`, with an API key. */
export const peopleService: ContractUpstream = {
  accounts: 50,
  withoutItems: (answer) => ("people" in (answer as Answer) ? { people: [], next: null, total: 0 } : answer),
  editItems(answer, edit) {
    const { people } = answer as Answer;
    return people === undefined
      ? edited(answer as Answer, 0, edit)
      : { ...(answer as Answer), people: people.map((person, index) => edited(person, index, edit)) };
  },
  async start(accounts) {
    const people = new Map<string, { id: string; name: string; changedAt: string }>();
    const touched = new Set<string>();
    let ids = 1_000;

    function write(id = String((ids += 1)), name = `Person ${id}`) {
      people.set(id, { id, name, changedAt: new Date().toISOString() });
      return id;
    }

    function answer(url: URL): unknown {
      const [, id] = /^\/people\/(.+)$/.exec(url.pathname) ?? [];
      if (id !== undefined) return people.get(id);
      const [page, since] = [url.searchParams.get("page") ?? "", url.searchParams.get("since") ?? ""];
      const wanted = [...people.values()].filter(({ id, changedAt }) => id > page && changedAt >= since);
      const some = wanted.slice(0, pageSize);
      return { people: some, next: wanted.length > pageSize ? some.at(-1)?.id : null, total: people.size };
    }

    for (let count = 0; count < accounts; count += 1) write();
    const server = createServer((request, response) => {
      const isAllowed = request.headers.authorization === "Bearer people-key";
      const body = isAllowed
        ? answer(new URL(request.url ?? "/", "http://people"))
        : { error: "who are you?" };
      response.writeHead(isAllowed ? (body === undefined ? 404 : 200) : 401, {
        "content-type": "application/json",
      });
      response.end(JSON.stringify(body ?? { error: "there is no such person" }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      ids: async () => [...people.keys()],
      async mutate({ insert = 0, update = 0, delete: remove = 0 }) {
        const others = [...people.keys()].filter((id) => !touched.has(id));
        const inserted = Array.from({ length: insert }, () => write());
        const updated = others.slice(0, update).map((id) => write(id, "Somebody else"));
        const deleted = others.slice(update, update + remove).filter((id) => people.delete(id));
        for (const id of [...inserted, ...updated]) touched.add(id);
        return [
          ...inserted.map((id) => ({ id, op: "insert" as const })),
          ...updated.map((id) => ({ id, op: "update" as const })),
          ...deleted.map((id) => ({ id, op: "delete" as const })),
        ];
      },
      async close() {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  },
};

function edited(
  { id, ...members }: JsonObject,
  index: number,
  edit: (item: ContractItem, index: number) => ContractItem,
): JsonObject {
  const item = edit({ id: typeof id === "string" ? id : undefined, members }, index);
  return item.id === undefined ? item.members : { ...item.members, id: item.id };
}
