import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { personOf } from "../../src/sandbox/upstreams/people.ts";
import { commonBehaviour } from "../../src/sandbox/upstreams/protocol.ts";
import { type SimulatorOptions, startSimulator } from "../../src/sandbox/upstreams/simulator.ts";
import type { AccountKind, Version } from "../../src/sandbox/upstreams/truth.ts";
import type { Item, Vendor, World } from "../../src/sandbox/upstreams/vendor.ts";

/** The ways in which the service pages its list, each under `/api/<style>`. */
export const styles = ["single", "page", "offset", "cursor", "nextUrl", "linkHeader", "search"] as const;

export type Style = (typeof styles)[number];

const serviceBehaviour = commonBehaviour.extend({
  /** Whether a change at exactly `since` is shown. */
  includesBound: z.boolean(),
  /** Whether deleted accounts vanish at once instead of staying as tombstones. */
  forgetsDeleted: z.boolean(),
  /** Whether answers say if more follows. */
  tellsMore: z.boolean(),
  /** Whether the last page names a next one all the same. */
  namesNextAlways: z.boolean(),
  /** The most accounts that a page ever has, whatever was asked for. */
  mostOnPage: z.number().int(),
  /** Whether every page is the first one. */
  ignoresPlace: z.boolean(),
  miscountsBy: z.number().int(),
  /** Answered with 200 and without accounts, when set. */
  complains: z.string().nullable(),
  /** Another server's address, as the place of the next page. */
  luresTo: z.string().nullable(),
});
export type ServiceBehaviour = z.infer<typeof serviceBehaviour>;

export interface ServiceOptions extends SimulatorOptions<ServiceBehaviour> {
  /** How times are written and compared. */
  readonly time?: "iso" | "epochSeconds" | "epochMillis";
  /** Whether a request may be answered; everybody's when left out. */
  readonly admits?: (request: FastifyRequest) => boolean;
  /** What else it serves, such as a token address. */
  readonly more?: (app: FastifyInstance) => void;
}

/** Starts a service that nobody has written a connector for, with every style of paging. */
export function startService({ time = "iso", admits = () => true, more, ...options }: ServiceOptions = {}) {
  const vendor: Vendor<ServiceBehaviour> = {
    // The simulators' code wants a name; nothing depends on it.
    kind: "century",
    accounts: accountsOf(options.seed ?? 1, time),
    changes: serviceBehaviour.partial(),
    defaults: {
      lagMs: 0,
      lagJitterMs: 0,
      rateLimit: null,
      includesBound: true,
      forgetsDeleted: false,
      tellsMore: false,
      namesNextAlways: false,
      mostOnPage: 1_000,
      ignoresPlace: false,
      miscountsBy: 0,
      complains: null,
      luresTo: null,
    },
    serve(app, world) {
      more?.(app);
      serve(app, world, { time, admits });
    },
    refusal: (status) => ({ status, body: JSON.stringify({ message: `refused with ${status}` }) }),
    withoutItems,
    editItems,
    strange: ({ id, members }) => ({ id, members: { ...members, active: "perhaps", rank: { level: [7] } } }),
  };
  return startSimulator(vendor, options);
}

type Account = Record<string, unknown>;
type Time = NonNullable<ServiceOptions["time"]>;

const toTime: Record<Time, (atMs: number) => string | number> = {
  iso: (atMs) => new Date(atMs).toISOString(),
  epochSeconds: (atMs) => Math.floor(atMs / 1_000),
  epochMillis: (atMs) => atMs,
};

function accountsOf(seed: number, time: Time): AccountKind {
  return {
    idOf: (ordinal) => String(1_000 + ordinal),
    create(ordinal, random) {
      const { givenName, familyName, email, userName } = personOf(seed, ordinal);
      return {
        login: userName,
        name: { given: givenName, family: familyName },
        email,
        active: random.chance(0.9),
      };
    },
    alter: (record, random) => ({ ...record, email: `user-${random.hex(8)}@acme.example` }),
    stamp: (record, { id, createdAtMs, changedAtMs }) => ({
      ...record,
      id: Number(id),
      created: toTime[time](createdAtMs),
      updated: toTime[time](changedAtMs),
    }),
    groupOf: () => "",
  };
}

const listQuery = z.strictObject({
  since: z.string().optional(),
  deleted: z.enum(["true", "false"]).default("false"),
  page: z.coerce.number().int().min(1).default(1),
  offset: z.coerce.number().int().min(0).default(0),
  after: z.string().optional(),
  size: z.coerce.number().int().min(1).default(1_000),
});

const searchBody = z.strictObject({
  since: z.union([z.string(), z.number()]).optional(),
  deleted: z.boolean().default(false),
  after: z.string().optional(),
  page: z.strictObject({ size: z.number().int() }),
});

interface Wanted {
  since: string | number | undefined;
  deleted: boolean;
  page: number;
  offset: number;
  after: string | undefined;
  size: number;
}

function serve(
  app: FastifyInstance,
  { visible, behaviour, truth }: World<ServiceBehaviour>,
  { time, admits }: { time: Time; admits: (request: FastifyRequest) => boolean },
): void {
  app.setErrorHandler((error, _request, reply) =>
    reply
      .code(error instanceof z.ZodError || error instanceof SyntaxError ? 400 : 500)
      .send(JSON.stringify({ message: String(error) })),
  );

  function shown(version: Version): Account {
    if (version.json !== null) return JSON.parse(version.json) as Account;
    return {
      id: Number(version.id),
      updated: toTime[time](version.atMs),
      deleted: toTime[time](version.atMs),
    };
  }

  function isWanted({ json, atMs }: Version, { since, deleted }: Wanted): boolean {
    if (json === null && (behaviour.forgetsDeleted || !deleted)) return false;
    if (since === undefined) return true;
    // Compared as it is written: seconds are compared by seconds.
    const at = time === "epochSeconds" ? Math.floor(atMs / 1_000) : atMs;
    const bound = time === "iso" ? Date.parse(String(since)) : Number(since);
    return behaviour.includesBound ? at >= bound : at > bound;
  }

  function listed(style: Style, wanted: Wanted) {
    const all = [...visible.index("updated", byUpdate, () => true).between(0, Number.POSITIVE_INFINITY)];
    const matches = all.filter((version) => isWanted(version, wanted));
    const size = style === "single" ? matches.length : Math.min(wanted.size, behaviour.mostOnPage);
    const from = behaviour.ignoresPlace ? 0 : fromOf(style, wanted, matches, size);
    const page = matches.slice(from, from + size);
    const last = page.at(-1);
    const more = from + size < matches.length;
    const next = last !== undefined && (more || behaviour.namesNextAlways) ? placeOf(last) : null;
    return { items: page.map(shown), next, more, total: matches.length + behaviour.miscountsBy };
  }

  app.all("/api/:style/users", (request, reply) => {
    if (!admits(request)) return refuse(reply, 401, `refused: ${JSON.stringify(request.headers)}`);
    if (behaviour.complains !== null)
      return send(reply, { error: behaviour.complains, users: [], value: [], data: { results: [] } });
    const { style } = request.params as { style: Style };
    const wanted = wantedBy(request, style);
    const { items, next, more: hasMore, total } = listed(style, wanted);
    const url = new URL(`http://${request.headers.host ?? ""}${request.url}`);
    if (next !== null) url.searchParams.set("after", next);
    const address = behaviour.luresTo ?? url.href;
    const more = behaviour.tellsMore ? { more: hasMore } : {};
    if (style === "linkHeader" && next !== null)
      void reply.header("link", `<${url.pathname}>; rel="first", <${address}>; rel="next"`);
    const answers: Record<Style, unknown> = {
      single: items,
      offset: items,
      linkHeader: items,
      page: { users: items, meta: { total, ...more } },
      cursor: { data: { results: items, next, total }, ...more },
      search: { data: { results: items, next, total }, ...more },
      nextUrl: { value: items, ...more, ...(next === null ? {} : { "@service.next": address }) },
    };
    return send(reply, answers[style]);
  });

  app.get("/api/users/:id", (request, reply) => {
    if (!admits(request)) return refuse(reply, 401);
    const version = truth.latest((request.params as { id: string }).id);
    return version?.json == null ? refuse(reply, 404) : send(reply, { user: shown(version) });
  });
}

function wantedBy(request: FastifyRequest, style: Style): Wanted {
  if (style === "search") {
    const { page, ...wanted } = searchBody.parse(JSON.parse(String(request.body)));
    return {
      since: wanted.since,
      after: wanted.after,
      deleted: wanted.deleted,
      size: page.size,
      page: 1,
      offset: 0,
    };
  }
  const { deleted, since, after, ...numbers } = listQuery.parse(request.query);
  return { ...numbers, since, after, deleted: deleted === "true" };
}

/** Where a page begins: by its number, or behind the account that a cursor names, wherever that is now. */
function fromOf(style: Style, { page, offset, after }: Wanted, matches: Version[], size: number): number {
  if (style === "page") return (page - 1) * size;
  if (style === "offset") return offset;
  if (after === undefined) return 0;
  const [atMs, id] = z
    .tuple([z.number(), z.string()])
    .parse(JSON.parse(Buffer.from(after, "base64url").toString()));
  const first = matches.findIndex((version) => byUpdate(version, { atMs, id }) > 0);
  return first === -1 ? matches.length : first;
}

function placeOf({ atMs, id }: Version): string {
  return Buffer.from(JSON.stringify([atMs, id])).toString("base64url");
}

function byUpdate(a: Pick<Version, "atMs" | "id">, b: Pick<Version, "atMs" | "id">): number {
  return a.atMs - b.atMs || (a.id < b.id ? -1 : Number(a.id > b.id));
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

function send(reply: FastifyReply, answer: unknown): FastifyReply {
  return reply.header("content-type", "application/json").send(JSON.stringify(answer));
}

function refuse(reply: FastifyReply, status: number, message = "refused"): FastifyReply {
  return reply.code(status).header("content-type", "application/json").send(JSON.stringify({ message }));
}
