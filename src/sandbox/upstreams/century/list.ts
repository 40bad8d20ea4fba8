import type { Version } from "../truth.ts";
import type { Order, Visibility } from "../visibility.ts";
import type { CenturyBehaviour } from "./behaviour.ts";
import { type Cursor, type UserQuery, sealed } from "./query.ts";

type User = Readonly<Record<string, unknown>>;

/** A page of users with its pagination, as CENTURY answers it. */
export function listUsers(
  visible: Visibility,
  behaviour: CenturyBehaviour,
  query: UserQuery,
): Record<string, unknown> {
  const { cursor, limit, sort } = query;
  const order = orders[sort.join() as keyof typeof orders];
  const index = visible.index(sort.join(), order, ({ json }) => json !== null);
  const matches = matcherOf(query, behaviour);
  const all = matches === null ? null : candidates().filter((version) => matches(userOf(version)));
  const total = all?.length ?? index.size;
  const from = startOf();
  const page = all?.slice(from, from + limit) ?? [...index.between(from, from + limit)];
  const shown = from + page.length;
  const last = page.at(-1);
  return {
    data: page.map((version) => shaped(userOf(version), behaviour)),
    pagination: {
      total: Math.max(0, total + behaviour.miscountsBy),
      limit,
      offset: cursor === null ? (query.offset ?? 0) : 0,
      nextCursor:
        last !== undefined && shown < total ? sealed({ limit, sort, after: placeOf(last), shown }) : null,
      previousCursor: null,
    },
  };

  /** Those with the ids that are asked for, else everybody: not to walk a large population for each look-up. */
  function candidates(): Version[] {
    if (query.userId === undefined || behaviour.ignoresIds) return [...index.between(0, index.size)];
    return [...new Set(query.userId)]
      .flatMap((id) => visible.of(id) ?? [])
      .filter(({ json }) => json !== null)
      .sort(order);
  }

  function startOf(): number {
    if (cursor === null) return query.offset ?? 0;
    if (behaviour.cursors === "offset") return cursor.shown;
    const behind = placeIn(cursor);
    const isBehind = (version: Version): boolean => order(version, behind) > 0;
    if (all === null) return index.firstWhere(isBehind);
    const first = all.findIndex(isBehind);
    return first === -1 ? all.length : first;
  }
}

function userOf({ json }: Version): User {
  return JSON.parse(json ?? "{}") as User;
}

function shaped(user: User, { emptyMembers }: CenturyBehaviour): User {
  if (emptyMembers === "null") return user;
  return Object.fromEntries(Object.entries(user).filter(([, value]) => value !== null));
}

/** What the filters ask for; null when there are none. `ignoresIds`: as if `userId` were not there. */
function matcherOf(query: UserQuery, { ignoresIds }: CenturyBehaviour): ((user: User) => boolean) | null {
  const tests: ((user: User) => boolean)[] = [];
  for (const member of ["userId", "upn", "externalId", "username"] as const) {
    const wanted = query[member];
    if (wanted === undefined || (member === "userId" && ignoresIds)) continue;
    tests.push((user) => wanted.includes(String(user[member])));
  }
  const { email, name, role } = query;
  if (email !== undefined) tests.push(({ emails }) => (emails as string[]).includes(email));
  if (role !== undefined) tests.push(({ roles }) => (roles as string[]).includes(role));
  if (name !== undefined) tests.push(({ fullName }) => String(fullName).includes(name));
  return tests.length === 0 ? null : (user) => tests.every((test) => test(user));
}

function placeOf({ id, createdAtMs, atMs }: Version): string {
  return JSON.stringify([id, createdAtMs, atMs]);
}

/** Enough of a version to be compared with others, also when that user is gone. */
function placeIn({ after }: Cursor): Version {
  const [id, createdAtMs, atMs] = JSON.parse(after) as [string, number, number];
  return { id, createdAtMs, atMs, number: 0, op: "insert", json: null, group: "" };
}

const byCreation: Order = (a, b) => a.createdAtMs - b.createdAtMs || byId(a, b);
const byUpdate: Order = (a, b) => a.atMs - b.atMs || byId(a, b);

const orders = {
  "createdAt,asc": byCreation,
  "createdAt,desc": (a: Version, b: Version) => byCreation(b, a),
  "updatedAt,asc": byUpdate,
  "updatedAt,desc": (a: Version, b: Version) => byUpdate(b, a),
};

function byId(a: Version, b: Version): number {
  return a.id < b.id ? -1 : Number(a.id > b.id);
}
