import { onTestFinished } from "vitest";
import { startBambooHr } from "../../../src/sandbox/upstreams/bamboohr/index.ts";
import type { BambooHrOptions } from "../../../src/sandbox/upstreams/bamboohr/index.ts";
import type { BambooHrBehaviour } from "../../../src/sandbox/upstreams/bamboohr/behaviour.ts";
import type { SailPointBehaviour } from "../../../src/sandbox/upstreams/sailpoint/behaviour.ts";
import { startSailPoint } from "../../../src/sandbox/upstreams/sailpoint/index.ts";
import type { SailPointOptions } from "../../../src/sandbox/upstreams/sailpoint/index.ts";
import type { SimulatedUpstream } from "../../../src/sandbox/upstreams/simulator.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Account {
  readonly id: string;
  readonly modified?: string;
  readonly created: string;
  readonly sourceId: string;
  readonly [member: string]: unknown;
}

/** A SailPoint tenant for one test, with a client that has a token. */
export async function tenant(options: SailPointOptions = {}): Promise<{
  upstream: SimulatedUpstream<SailPointBehaviour>;
  get: (path: string) => Promise<Answer>;
  list: (query: Record<string, string | number>) => Promise<Account[]>;
}> {
  const upstream = await startSailPoint(options);
  onTestFinished(() => upstream.close());
  const token = await tokenOf(upstream.url);
  const get = (path: string): Promise<Answer> =>
    ask(upstream.url + path, { authorization: `Bearer ${token}` });
  const list = async (query: Record<string, string | number>): Promise<Account[]> => {
    const { text } = await get(listPath(query));
    return JSON.parse(text) as Account[];
  };
  return { upstream, get, list };
}

/** A BambooHR company for one test, with a client that has its key. */
export async function company(options: BambooHrOptions = {}): Promise<{
  upstream: SimulatedUpstream<BambooHrBehaviour>;
  get: (path: string, headers?: Record<string, string>) => Promise<Answer>;
  feed: (since: string, query?: string) => Promise<Feed>;
}> {
  const upstream = await startBambooHr(options);
  onTestFinished(() => upstream.close());
  const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
    ask(upstream.url + path, { authorization: basic("key"), accept: "application/json", ...headers });
  const feed = async (since: string, query = ""): Promise<Feed> => {
    const { text } = await get(`/api/v1/employees/changed?since=${encodeURIComponent(since)}${query}`);
    return JSON.parse(text) as Feed;
  };
  return { upstream, get, feed };
}

export interface Feed {
  readonly latest: string;
  readonly employees: Readonly<Record<string, { id: string; action: string; lastChanged: string }>>;
}

/** A whole second in the past: `2026-03-01T10:00:00`, to be followed by a fraction or a zone. */
export function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 19);
}

export const basic = (key: string, password = "x"): string => `Basic ${btoa(`${key}:${password}`)}`;

export function listPath(query: Record<string, string | number>): string {
  const pairs = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]);
  return `/v3/accounts?${new URLSearchParams(pairs).toString()}`;
}

export async function tokenOf(url: string, clientSecret = "secret"): Promise<string> {
  const grant = { grant_type: "client_credentials", client_id: "client", client_secret: clientSecret };
  const response = await fetch(`${url}/oauth/token`, { method: "POST", body: new URLSearchParams(grant) });
  return ((await response.json()) as { access_token: string }).access_token;
}

export async function ask(url: string, headers: Record<string, string>): Promise<Answer> {
  const response = await fetch(url, { headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
