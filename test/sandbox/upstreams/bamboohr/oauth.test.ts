import { expect, onTestFinished, test } from "vitest";
import { type BambooHrOptions, startBambooHr } from "../../../../src/sandbox/upstreams/bamboohr/index.ts";

const client = { client_id: "client", client_secret: "secret" };
const hourMs = 3_600_000;

interface Tokens {
  access_token?: string;
  refresh_token?: string;
}

/** A company and an application that somebody of it has authorised. */
async function authorised(options: BambooHrOptions = {}) {
  const upstream = await startBambooHr({ accounts: 3, ...options });
  onTestFinished(() => upstream.close());
  const ask = async (fields: Record<string, string>, query = "request=token") => {
    const response = await fetch(`${upstream.url}/token.php?${query}`, {
      method: "POST",
      body: new URLSearchParams(fields),
    });
    const text = await response.text();
    return { ...(JSON.parse(text === "" ? "{}" : text) as Tokens), status: response.status };
  };
  const refresh = (refreshToken: string, more = {}) =>
    ask({ ...client, grant_type: "refresh_token", refresh_token: refreshToken, ...more });
  const read = async (token: string | undefined) =>
    (
      await fetch(`${upstream.url}/api/v1/employees/changed?since=2020-01-01T00:00:00Z`, {
        headers: { authorization: `Bearer ${token ?? ""}`, accept: "application/json" },
      })
    ).status;
  return { ...upstream, ask, refresh, read };
}

test("a refresh gives an access token, which opens the company for an hour", async () => {
  const { control, refresh, read } = await authorised();
  const answer = await refresh("refresh-0");
  expect(answer).toMatchObject({
    status: 200,
    expires_in: 3_600,
    token_type: "Bearer",
    companyDomain: "acme",
  });
  expect(await read(answer.access_token)).toBe(200);
  await control.advance(hourMs - 10_000);
  expect(await read(answer.access_token)).toBe(200);
  await control.advance(10_000);
  expect(await read(answer.access_token)).toBe(401);
});

test("a refresh token is good for one use", async () => {
  const { refresh } = await authorised();
  const first = await refresh("refresh-0");
  expect(await refresh("refresh-0")).toMatchObject({ status: 400, error: "invalid_grant" });
  const second = await refresh(first.refresh_token ?? "");
  expect(second).toMatchObject({ status: 200 });
  expect(second.refresh_token).not.toBe(first.refresh_token);
  expect(await refresh(first.refresh_token ?? "")).toMatchObject({ status: 400, error: "invalid_grant" });
});

test("within a time of grace the last one but one is accepted, and leads to the same successor", async () => {
  const { control, refresh } = await authorised({ behaviour: { refreshGraceMs: 60_000 } });
  const first = await refresh("refresh-0");
  expect((await refresh("refresh-0")).refresh_token).toBe(first.refresh_token);
  await control.advance(60_000);
  expect(await refresh("refresh-0")).toMatchObject({ status: 400, error: "invalid_grant" });
  expect(await refresh(first.refresh_token ?? "")).toMatchObject({ status: 200 });
});

test("where refresh tokens are not replaced, the first one stays good", async () => {
  const { refresh } = await authorised({ behaviour: { rotatesRefreshTokens: false } });
  for (let count = 0; count < 3; count++)
    expect(await refresh("refresh-0")).toMatchObject({ status: 200, refresh_token: "refresh-0" });
});

test("wrong clients, foreign tokens, other grants and other addresses are refused", async () => {
  const { ask, refresh, read } = await authorised();
  expect(await refresh("refresh-0", { client_secret: "wrong" })).toMatchObject({
    status: 401,
    error: "invalid_client",
  });
  for (const foreign of ["", "refresh-1", "refresh.1.made-up"])
    expect(await refresh(foreign)).toMatchObject({ status: 400, error: "invalid_grant" });
  expect(await ask({ ...client, grant_type: "password" })).toMatchObject({ error: "unsupported_grant_type" });
  expect(await ask(client, "request=other")).toMatchObject({ status: 404 });
  for (const foreign of ["access.99999999999999.made-up", "key", ""]) expect(await read(foreign)).toBe(401);
});
