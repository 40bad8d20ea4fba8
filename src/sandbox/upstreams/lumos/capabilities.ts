import type { AccountRecord, Version } from "../truth.ts";
import type { World } from "../vendor.ts";
import { LISTED } from "./account-kind.ts";
import type { LumosBehaviour } from "./behaviour.ts";
import { type Call, Failed } from "./envelope.ts";
import { decoded, encoded, stretchOf, tokenOf } from "./pages.ts";

/** What a capability answers: `response`, and the token of the next page where there are pages. */
export interface Served {
  readonly response: unknown;
  readonly nextToken?: string | null;
}

export type Capability = (call: Call) => Served;

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/u;

/** The capabilities of a simulated connector that read. */
export function lumosCapabilities(world: World<LumosBehaviour>): Readonly<Record<string, Capability>> {
  const { clock, truth, visible, behaviour } = world;
  const now = (): number => Math.floor(clock.now());

  /** When the data behind the feed was refreshed last. */
  function refreshedAtMs(): number {
    const every = behaviour.refreshEveryMs;
    return every === 0 ? now() : Math.floor(now() / every) * every;
  }

  function list_updated_accounts(call: Call): Served {
    const token = tokenOf(call, behaviour.tokenGeneration);
    const untilMs = token?.untilMs ?? refreshedAtMs();
    const fromMs = Math.max(
      startOf(call, behaviour),
      behaviour.lookBackMs === null ? 0 : now() - behaviour.lookBackMs,
    );
    const { versions, nextToken } = stretchOf(
      { visible, behaviour, call, fromMs, untilMs, index: "changes" },
      token,
    );
    const shown = versions.filter(({ op }) => op !== "delete" || behaviour.showsDeleted);
    // What shows up late must not lie before the cursor.
    const cursorAt = untilMs - behaviour.lagMs - behaviour.lagJitterMs;
    const isDue =
      behaviour.cursorOn === "every-page" || (behaviour.cursorOn === "last-page" && nextToken === null);
    const cursor = isDue ? encoded({ generation: behaviour.cursorGeneration, atMs: cursorAt }) : null;
    return { response: { accounts: shown.map((version) => shownOf(version, call)), cursor }, nextToken };
  }

  function list_accounts(call: Call): Served {
    const token = tokenOf(call, behaviour.tokenGeneration);
    const { versions, nextToken } = stretchOf(
      { visible, behaviour, call, fromMs: 0, untilMs: now(), index: "accounts" },
      token,
    );
    const accounts = versions
      .map((version) => shownOf(version, call))
      .filter((account) => behaviour.listsDeactivated || LISTED.includes(account["user_status"]));
    return { response: accounts, nextToken };
  }

  function get_account(call: Call): Served {
    const id = call.request["account_id"];
    if (typeof id !== "string") throw new Failed("bad_request", "account_id is missing");
    const version = truth.latest(id);
    if (version === undefined || version.json === null)
      throw new Failed("not_found", `There is no account ${id}`);
    return { response: shownOf(version, call) };
  }

  function get_data_recency(): Served {
    return { response: { data: { list_updated_accounts: new Date(refreshedAtMs()).toISOString() } } };
  }

  function app_info(): Served {
    const paths = [...Object.keys(served), "app_info"].filter((name) => !behaviour.missing.includes(name));
    return {
      response: {
        app_id: "acme",
        app_schema: { paths: Object.fromEntries(paths.map((name) => [`/${name}`, {}])) },
      },
    };
  }

  function info(): Served {
    const capabilities = Object.keys(served).filter((name) => !behaviour.missing.includes(name));
    return { response: { app_id: "acme", version: "1.0.0", capabilities } };
  }

  /** The account as it is shown; of a deleted one, what was known last. */
  function shownOf(version: Version, { request }: Call): Record<string, unknown> {
    const json =
      version.json ?? truth.history(version.id).findLast((each) => each.json !== null)?.json ?? "{}";
    const record = JSON.parse(json) as AccountRecord;
    const wanted = Array.isArray(request["custom_attributes"]) ? request["custom_attributes"] : [];
    const custom = (record["custom_attributes"] ?? {}) as AccountRecord;
    return {
      ...record,
      ...(version.op === "delete" ? { user_status: "DELETED" } : {}),
      custom_attributes:
        wanted.length === 0
          ? null
          : Object.fromEntries(Object.entries(custom).filter(([name]) => wanted.includes(name))),
    };
  }

  const served = { list_updated_accounts, list_accounts, get_account, get_data_recency, info, app_info };
  return served;
}

/** Where the feed begins, an instant that is included. @throws Failed `bad_request` for a bad cursor or `since` */
function startOf({ request }: Call, behaviour: LumosBehaviour): number {
  const { cursor, since } = request;
  if (typeof cursor === "string") {
    const known = decoded(cursor) as { generation?: unknown; atMs?: unknown } | undefined;
    if (known?.generation === behaviour.cursorGeneration && typeof known.atMs === "number") return known.atMs;
    if (behaviour.badCursor === "everything") return 0;
    throw new Failed("bad_request", `Invalid delta token: ${cursor}`);
  }
  if ((since ?? null) === null) return 0;
  if (typeof since !== "string" || !INSTANT.test(since)) {
    throw new Failed("bad_request", "since: Input should be a valid datetime with a timezone");
  }
  return Date.parse(since) + (behaviour.sinceIncludes ? 0 : 1);
}
