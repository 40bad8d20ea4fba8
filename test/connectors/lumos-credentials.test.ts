import { afterEach, describe, expect, test } from "vitest";
import { lumos } from "../../src/connectors/lumos/index.ts";
import { ConfigError } from "../../src/core/errors.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { observed } from "../support/connector-harness.ts";
import { closeUpstreams, folded, lumosUpstream } from "./lumos-upstream.ts";

afterEach(closeUpstreams);

const privateKey =
  "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQDUtGsT\n-----END PRIVATE KEY-----\n";
const keyFile = { type: "service_account", project_id: "acme-prod", private_key: privateKey };
const scopes = ["accounts.read"];
const client = { client_id: "the-client", client_secret: "the-client-secret", scopes };

const credentials: [string, JsonObject][] = [
  ["oauth", { oauth: { access_token: "oauth-access-token" } }],
  [
    "oauth1",
    {
      oauth1: {
        consumer_key: "ck-123456",
        consumer_secret: "cs-123456",
        token_id: "ti-123456",
        token_secret: "ts-123456",
      },
    },
  ],
  ["basic", { basic: { username: "sync-user", password: "pässwörd-1" } }],
  ["token", { token: { token: "a-very-long-token" } }],
  ["jwt", { jwt: { headers: { alg: "HS256" }, claims: { iss: "tidemark" }, secret: "jwt-signing-secret" } }],
  [
    "service_account",
    {
      service_account: {
        service_type: "aws",
        key: keyFile,
        impersonation_email: "admin@acme.example",
        tenant_id: "tenant-1",
        scopes,
      },
    },
  ],
  ["key_pair", { key_pair: { key_identifier: "key-1-identifier", private_key: privateKey } }],
  ["empty", { empty: {} }],
];

describe.each(credentials)("a credential of kind %s", (_kind, credential) => {
  test("is sent as the only one, or among several", async () => {
    const alone = await lumosUpstream({ accounts: 3, credential }, { auth: credential });
    expect((await alone.poll(null)).error).toBeNull();
    expect((await alone.asked("list_updated_accounts"))[0]?.auth).toEqual(credential);

    const named = { id: "primary", ...credential };
    const other = { id: "other", token: { token: "for something else" } };
    const several = await lumosUpstream({ accounts: 3, credential: named }, { credentials: [other, named] });
    expect((await several.poll(null)).error).toBeNull();
    const [asked] = await several.asked("list_updated_accounts");
    expect(asked).toMatchObject({ credentials: [other, named] });
    expect(asked).not.toHaveProperty("auth");
  });
});

test("a key file may be given as its text", async () => {
  const account = { impersonation_email: "a@acme.example", tenant_id: "t-1", scopes };
  const credential = { service_account: { ...account, key: keyFile } };
  const up = await lumosUpstream(
    { accounts: 3, credential },
    { auth: { service_account: { ...account, key: JSON.stringify(keyFile) } } },
  );
  expect((await up.poll(null)).error).toBeNull();
  const broken = await lumosUpstream(
    { accounts: 3 },
    { auth: { service_account: { ...account, key: '{"private_key":"MIIEvQIBADANBg' } } },
  );
  const { error } = await broken.poll(null);
  expect(error).toMatchObject({ code: "TIDEMARK_SOURCE_SETTINGS" });
  expect(String(error)).not.toContain("MIIE");
});

test.each<[string, JsonObject, RegExp]>([
  ["no kind", {}, /exactly one of oauth/],
  ["two kinds", { basic: { username: "a", password: "b" }, token: { token: "c" } }, /exactly one of oauth/],
  [
    "a kind that is mistyped",
    { tokens: { token: "c" } },
    /auth\.tokens is not a known name; did you mean token\?/,
  ],
  ["a member that is missing", { basic: { username: "a" } }, /auth\.basic\.password is missing/],
])("a credential of %s is refused before anything is sent", (_what, auth, fault) => {
  const settings = { baseUrl: "http://127.0.0.1:1", auth };
  expect(() => lumos.checkSettings(settings)).toThrow(ConfigError);
  expect(() => lumos.checkSettings(settings)).toThrow(fault);
});

test("headers and the connector's own settings go along; the host's word stays the last on what is JSON", async () => {
  const up = await lumosUpstream(
    { accounts: 3 },
    { headers: { authorization: "Bearer of-the-host" }, connectorSettings: { domain: "acme.example" } },
  );
  await up.poll(null);
  for (const { headers, body } of await up.control.requests()) {
    expect(headers).toMatchObject({
      authorization: "Bearer of-the-host",
      "content-type": "application/json",
    });
    expect(JSON.parse(body)).toMatchObject({ settings: { domain: "acme.example" } });
  }
});

describe("an OAuth client", () => {
  const credential = { oauth_client_credentials: client };

  test.each([
    ["the only credential", { auth: credential }, undefined],
    ["one of several", { credentials: [{ id: "primary", ...credential }] }, "primary"],
  ])("that is %s gets its token through the connector, once", async (_name, settings, id) => {
    const up = await lumosUpstream({ accounts: 30, credential }, { ...settings, pageSize: 5 });
    const { pages, error } = await up.poll(null);
    expect(error).toBeNull();
    expect(folded(observed(pages))).toEqual(await up.truth());
    const named = id === undefined ? {} : { credential_id: id };
    expect((await up.asked("handle_client_credentials_request")).map(({ request }) => request)).toEqual([
      { ...named, ...client },
    ]);
  });

  test("whose token has expired gets a new one", async () => {
    const up = await lumosUpstream(
      { accounts: 30, credential, behaviour: { tokenSeconds: 60 } },
      { auth: credential },
    );
    await up.poll(null);
    await up.control.advance(61_000);
    expect((await up.poll(null)).error).toBeNull();
    expect(await up.asked("handle_client_credentials_request")).toHaveLength(2);
  });

  test("whose new token is refused, too, halts after one refresh", async () => {
    const up = await lumosUpstream(
      { accounts: 3, credential, behaviour: { tokenSeconds: 0 } },
      { auth: credential },
    );
    const { error } = await up.poll({ ...beforeAll, askRecencyAt: "2999-01-01T00:00:00.000Z" });
    expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAUTHORIZED" });
    expect(await up.asked("handle_client_credentials_request")).toHaveLength(2);
    expect(await up.asked("list_accounts")).toHaveLength(2);
  });

  test("that is refused itself halts", async () => {
    const wrong = { oauth_client_credentials: { ...client, client_secret: "wr0ng-client-secret" } };
    const up = await lumosUpstream({ accounts: 3, credential }, { auth: wrong });
    const { error } = await up.poll(null);
    expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAUTHORIZED" });
    expect(told(error, up)).not.toContain("wr0ng");
  });

  test("whose look-ups all find the token expired asks for one new token", async () => {
    const up = await lumosUpstream(
      { accounts: 30, credential, behaviour: { tokenSeconds: 60 } },
      { auth: credential },
    );
    await up.poll(null);
    const ids = [...(await up.truth()).keys()];
    await up.control.advance(61_000);
    expect((await up.get(ids)).observations).toHaveLength(30);
    expect(await up.asked("handle_client_credentials_request")).toHaveLength(2);
  });
});

test("an expired credential that nobody can renew is tried once", async () => {
  const up = await lumosUpstream();
  await up.control.inject({ kind: "401", path: "list_accounts", times: 99 });
  expect((await up.poll(null)).error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAUTHORIZED" });
  expect(await up.asked("list_accounts")).toHaveLength(1);
});

describe.each(credentials.slice(0, -1))("of a credential of kind %s", (kind, auth) => {
  const secrets = textsIn(auth);

  test.each<[string, (message: string) => string]>([
    ["as it is", (message) => message],
    ["shortened", (message) => `${message.slice(0, 90)}...${message.slice(-40)}`],
    ["with line breaks escaped once more", (message) => JSON.stringify(message)],
  ])("nothing is told when an error echoes the request %s", async (_how, change) => {
    // The simulated connector wants another kind, and says what it was given.
    const up = await lumosUpstream({ accounts: 3, credential: { id: "x", [kind]: {} } }, { auth });
    const { error } = await up.poll(null);
    expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_REJECTED_REQUEST" });
    for (const secret of secrets) expect(told(error, up)).not.toContain(secret);

    for (const code of ["bad_request", "service_error", "rate_limit", "unauthorized", "permission_denied"]) {
      const failure = { error_code: code, message: change(`input_value=${JSON.stringify({ auth })}`) };
      await up.control.options({ failing: { list_accounts: failure, get_data_recency: failure } });
      const echoed = await up.poll(null);
      expect(echoed.error).not.toBeNull();
      for (const piece of secrets.flatMap((secret) => [secret.slice(0, 9), secret.slice(-9)])) {
        expect(told(echoed.error, up)).not.toContain(piece);
      }
    }
  });
});

const beforeAll = { cursor: null, since: null, recency: null, polledAt: null, limits: {}, pass: null };

/** Everything that an error and the log say. */
function told(error: unknown, { log }: { log: { lines: unknown } }): string {
  const cause = error instanceof Error ? [String(error), error.stack, error.cause] : [error];
  return JSON.stringify([cause, log.lines]);
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string")
    return value.length < 4 ? [] : value.split("\n").filter((line) => line !== "");
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
