import type { Version } from "../truth.ts";
import type { Visibility } from "../visibility.ts";
import type { LumosBehaviour } from "./behaviour.ts";
import { type Call, Failed } from "./envelope.ts";

/** A stretch of accounts, and the token of the next one. */
export interface Stretch {
  readonly versions: readonly Version[];
  readonly nextToken: string | null;
}

/** What a page token holds: the place, the end of what is walked, and the request that it belongs to. */
export interface Token {
  readonly generation: number;
  readonly asked: string;
  readonly untilMs: number;
  readonly atMs: number;
  readonly id: string;
  readonly page: number;
}

const DEFAULT_SIZE = 100;

/** A walk's next stretch: versions of an index behind the place that the token names. */
export interface Walked {
  readonly visible: Visibility;
  readonly behaviour: LumosBehaviour;
  readonly call: Call;
  /** Where the walk begins and ends: instants, both included. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly index: "changes" | "accounts";
}

/**
 * @param token From `tokenOf`; undefined on the first page.
 * @throws Failed `invalid_page_token` see `tokenOf`
 */
export function stretchOf(walked: Walked, token: Token | undefined): Stretch {
  const { visible, behaviour, call, fromMs, untilMs } = walked;
  const size = call.page?.size ?? DEFAULT_SIZE;
  const page = (token?.page ?? 0) + 1;
  const isEmptyPage = behaviour.emptyPageEvery > 0 && page % behaviour.emptyPageEvery === 0;
  const list =
    walked.index === "changes"
      ? visible.index("changes", byChange, () => true)
      : visible.index("accounts", byId, (version) => version.json !== null);
  const isBehind = (version: Version): boolean => {
    if (walked.index === "accounts") return token === undefined || version.id > token.id;
    if (version.atMs < fromMs) return false;
    return (
      token === undefined ||
      version.atMs > token.atMs ||
      (version.atMs === token.atMs && version.id > token.id)
    );
  };
  const first = list.firstWhere(isBehind);
  const end = walked.index === "changes" ? list.firstWhere(({ atMs }) => atMs > untilMs) : list.size;
  const versions = isEmptyPage ? [] : [...list.between(first, Math.min(end, first + size))];
  const last = versions.at(-1);
  const place = last ?? token ?? { atMs: fromMs - 1, id: "" };
  const hasMore = first + versions.length < end;
  const { atMs, id } = place;
  const next: Token = {
    generation: behaviour.tokenGeneration,
    asked: askedOf(call),
    untilMs,
    atMs,
    id,
    page,
  };
  return { versions, nextToken: hasMore ? encoded(next) : null };
}

/**
 * The place that a call's page token names.
 * @throws Failed `invalid_page_token` when it is garbage or too old, or when request or size are others than on the first page
 */
export function tokenOf(call: Call, generation: number): Token | undefined {
  const text = call.page?.token ?? "";
  if (text === "") return undefined;
  const token = decoded(text) as Partial<Token> | undefined;
  if (token?.generation !== generation || token.asked !== askedOf(call)) {
    throw new Failed("invalid_page_token", "The page token is not valid");
  }
  return token as Token;
}

/** What must stay the same on all pages. */
function askedOf({ request, page }: Call): string {
  return JSON.stringify([request, page?.size ?? DEFAULT_SIZE]);
}

export function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** Undefined for what was never encoded. */
export function decoded(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}

function byChange(a: Version, b: Version): number {
  return a.atMs - b.atMs || byId(a, b);
}

function byId(a: Version, b: Version): number {
  return a.id < b.id ? -1 : Number(a.id > b.id);
}
