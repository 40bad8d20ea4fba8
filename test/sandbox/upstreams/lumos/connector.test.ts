import { describe, expect, onTestFinished, test } from "vitest";
import { type LumosOptions, startLumos } from "../../../../src/sandbox/upstreams/lumos/index.ts";

interface Envelope {
  response?: {
    accounts?: Account[];
    cursor?: string | null;
    data?: Record<string, string>;
    capabilities?: string[];
  } & Record<string, unknown>;
  page?: { token?: string } | null;
  is_error?: boolean;
  error?: { error_code: string; message: string; error_metadata?: Record<string, unknown> };
  [member: string]: unknown;
}

interface Account {
  integration_specific_id: string;
  user_status: string;
  custom_attributes?: Record<string, string> | null;
}

const auth = { token: { token: "secret" } };

/** A simulated connector for one test, with a client that has its credential. */
async function connector(options: LumosOptions = {}) {
  const upstream = await startLumos({ accounts: 30, ...options });
  onTestFinished(() => upstream.close());
  async function post(
    path: string,
    body: unknown,
  ): Promise<{ status: number; envelope: Envelope; text: string }> {
    const response = await fetch(`${upstream.url}/${path}`, { method: "POST", body: JSON.stringify(body) });
    const text = await response.text();
    return { status: response.status, envelope: JSON.parse(text) as Envelope, text };
  }
  return {
    ...upstream,
    post,
    call: (capability: string, request: object = {}, page?: object) =>
      post(`acme/${capability}`, { auth, request, ...(page === undefined ? {} : { page }) }),
  };
}

test("a capability is served under the connector's id, under a prefix and alone; others are not found", async () => {
  const { post } = await connector();
  for (const path of ["acme/info", "connectors/acme/info", "info"]) {
    const { status, envelope } = await post(path, { auth, request: {} });
    expect(status).toBe(200);
    expect(envelope.response?.capabilities).toContain("list_updated_accounts");
  }
  const { status, text } = await post("acme/teleport", { auth, request: {} });
  expect([status, text]).toEqual([404, '{"detail":"Not Found"}']);
});

describe("a failure comes with status 200", () => {
  test.each<[string, unknown, string]>([
    ["no request", { auth }, "bad_request"],
    ["no credential", { request: {} }, "bad_request"],
    ["a wrong credential", { auth: { token: { token: "wr0ng" } }, request: {} }, "unauthorized"],
    ["a time without zone", { auth, request: { since: "2026-01-01T00:00:00" } }, "bad_request"],
    ["an unknown cursor", { auth, request: { cursor: "abc" } }, "bad_request"],
    ["an unknown page token", { auth, request: {}, page: { token: "abc" } }, "invalid_page_token"],
    ["a page of no accounts", { auth, request: {}, page: { size: 0 } }, "bad_request"],
  ])("%s", async (_what, body, code) => {
    const { post } = await connector();
    const { status, envelope } = await post("acme/list_updated_accounts", body);
    expect(status).toBe(200);
    expect(envelope).toMatchObject({ is_error: true, error: { error_code: code, app_id: "acme" } });
  });

  test("with what was sent in its words, as the SDK does", async () => {
    const { post } = await connector();
    const { text } = await post("acme/list_accounts", {
      auth: { basic: { username: "u", password: "pass-word" } },
      request: {},
    });
    expect(text).toContain("pass-word");
  });

  test("with metadata only where the connector is new enough", async () => {
    const { call, control } = await connector({
      behaviour: { rateLimit: { requests: 0, windowMs: 10_000 } },
    });
    const throttled = (await call("list_accounts")).envelope.error;
    expect(throttled).toMatchObject({
      error_code: "rate_limit",
      error_metadata: { throttled: true, retry_after_seconds: expect.any(Number) },
    });
    await control.options({ errorMetadata: false });
    expect((await call("list_accounts")).envelope.error).not.toHaveProperty("error_metadata");
  });
});

describe("pages", () => {
  test("follow each other with the same request and size only", async () => {
    const { call } = await connector();
    const first = await call("list_updated_accounts", {}, { size: 10 });
    const token = first.envelope.page?.token;
    expect(first.envelope.response?.accounts).toHaveLength(10);
    const second = await call("list_updated_accounts", {}, { size: 10, token });
    const [ids, more] = [first, second].map(({ envelope }) =>
      (envelope.response?.accounts ?? []).map(({ integration_specific_id: id }) => id),
    );
    expect(new Set([...(ids ?? []), ...(more ?? [])]).size).toBe(20);
    for (const [request, page] of [
      [{ since: "1970-01-01T00:00:00Z" }, { size: 10, token }],
      [{}, { size: 11, token }],
    ] as const) {
      expect((await call("list_updated_accounts", request, page)).envelope.error).toMatchObject({
        error_code: "invalid_page_token",
      });
    }
  });

  test.each([
    ["absent", undefined],
    ["null", null],
    ["empty", {}],
    ["size", { size: 100 }],
  ] as const)("end with a page that is %s", async (pageEnd, page) => {
    const { call } = await connector({ behaviour: { pageEnd } });
    expect((await call("list_accounts")).envelope.page).toEqual(page);
  });
});

describe("the feed of changes", () => {
  test("shows what changed since the cursor, the deleted as DELETED", async () => {
    const { call, control } = await connector();
    const cursor = (await call("list_updated_accounts")).envelope.response?.cursor;
    await control.advance(1_000);
    const [gone, changed] = (await control.truth()).accounts.map(({ id }) => id);
    await control.mutate({
      changes: [
        { op: "delete", id: gone },
        { op: "update", id: changed },
      ],
    });
    const { accounts = [] } = (await call("list_updated_accounts", { cursor })).envelope.response ?? {};
    expect(new Set(accounts.map(({ integration_specific_id: id }) => id))).toEqual(new Set([gone, changed]));
    expect(accounts.find(({ integration_specific_id: id }) => id === gone)).toMatchObject({
      user_status: "DELETED",
    });
    await control.options({ showsDeleted: false });
    expect((await call("list_updated_accounts", { cursor })).envelope.response?.accounts).toHaveLength(1);
  });

  test("gives its cursor on every page, on the last, or never; one that it forgot is an error or everything", async () => {
    const { call, control } = await connector({ behaviour: { cursorOn: "every-page" } });
    const cursorOf = async () =>
      (await call("list_updated_accounts", {}, { size: 10 })).envelope.response?.cursor;
    const cursor = await cursorOf();
    expect(cursor).toEqual(expect.any(String));
    await control.options({ cursorOn: "last-page" });
    expect(await cursorOf()).toBeNull();
    await control.options({ cursorGeneration: 2, badCursor: "everything" });
    expect((await call("list_updated_accounts", { cursor })).envelope.response?.accounts).toHaveLength(30);
  });

  test("is only as fresh as it says, and reaches only as far back as it does", async () => {
    const hour = 3_600_000;
    const { call, control } = await connector({
      clockOffsetMs: hour - (Date.now() % hour) + 60_000,
      behaviour: { refreshEveryMs: hour, lookBackMs: 24 * hour },
    });
    const recency = async () =>
      (await call("get_data_recency")).envelope.response?.data?.["list_updated_accounts"];
    const before = await recency();
    await control.mutate({ update: 1 });
    const shown = async () => (await call("list_updated_accounts")).envelope.response?.accounts?.length;
    const early = (await shown()) ?? 0;
    expect(early).toBeLessThan(30);
    await control.advance(hour);
    expect(await recency()).not.toBe(before);
    expect(await shown()).toBeGreaterThan(early);
  });
});

test("the list leaves deactivated accounts out, a look-up does not; custom attributes come when asked for", async () => {
  const { call, control } = await connector();
  const idle = (await control.truth()).accounts[0]?.id;
  await control.mutate({ changes: [{ op: "update", id: idle, changes: { user_status: "INACTIVE" } }] });
  const listed = (await call("list_accounts", { custom_attributes: ["title"] })).envelope
    .response as unknown as Account[];
  expect(listed.map(({ integration_specific_id: id }) => id)).not.toContain(idle);
  expect(listed.flatMap(({ custom_attributes: custom }) => Object.keys(custom ?? {}))).not.toContain(
    "department",
  );
  const looked = await call("get_account", { account_id: idle });
  expect(looked.envelope.response).toMatchObject({ user_status: "INACTIVE", custom_attributes: null });
  expect((await call("get_account", { account_id: "nobody" })).envelope.error).toMatchObject({
    error_code: "not_found",
  });
});
