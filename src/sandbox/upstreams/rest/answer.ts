import type { Item } from "../vendor.ts";
import type { ListPage } from "./list.ts";
import type { RestStyle } from "./query.ts";

type Account = Record<string, unknown>;

/** The answer of each style. @param address Of the next page; null: there is none. */
export const answers: Record<
  RestStyle,
  (page: ListPage, more: { more?: boolean }, address: string | null) => unknown
> = {
  single: ({ items }) => items,
  offset: ({ items }) => items,
  linkHeader: ({ items }) => items,
  page: ({ items, total }, more) => ({ users: items, meta: { total, ...more } }),
  cursor: ({ items, next, total }, more) => ({ data: { results: items, next, total }, ...more }),
  search: ({ items, next, total }, more) => ({ data: { results: items, next, total }, ...more }),
  nextUrl: ({ items }, more, address) => ({
    value: items,
    ...more,
    ...(address === null ? {} : { "@service.next": address }),
  }),
};

/** What an answer with 200 is when the service has something to complain about. */
export function complaint(error: string): unknown {
  return { error, users: [], value: [], data: { results: [] } };
}

/** An answer of the service without any accounts. */
export function withoutItems(answer: unknown): unknown {
  if (Array.isArray(answer)) return [];
  const { "@service.next": _next, ...rest } = replaced(answer, () => []) as Account;
  return { ...rest, more: false, ...("data" in rest ? { data: { results: [], next: null, total: 0 } } : {}) };
}

/** An answer of the service with each of its accounts replaced. */
export function editItems(answer: unknown, edit: (item: Item, index: number) => Item): unknown {
  return replaced(answer, (items) =>
    items.map(({ id, ...members }, index) => {
      const edited = edit({ id: String(id), members }, index);
      return { id: edited.id, ...edited.members };
    }),
  );
}

function replaced(answer: unknown, edit: (items: Account[]) => Account[]): unknown {
  if (Array.isArray(answer)) return edit(answer as Account[]);
  return Object.fromEntries(
    Object.entries(answer as Account).map(([name, value]) => {
      if (Array.isArray(value)) return [name, edit(value as Account[])];
      return [name, name === "data" ? replaced(value, edit) : value];
    }),
  );
}
