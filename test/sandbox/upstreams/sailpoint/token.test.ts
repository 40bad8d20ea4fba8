import { describe, expect, test } from "vitest";
import { ask, listPath, tenant, tokenOf } from "../asking.ts";

const GRANT = { grant_type: "client_credentials", client_id: "client", client_secret: "secret" };

function formData(): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(GRANT)) form.set(name, value);
  return form;
}

describe("a token", () => {
  test.each([
    ["a form", () => ["", new URLSearchParams(GRANT)] as const],
    ["form data", () => ["", formData()] as const],
    ["the query", () => [`?${new URLSearchParams(GRANT).toString()}`, null] as const],
  ])("is granted to credentials in %s", async (_name, grant) => {
    const { upstream } = await tenant({ accounts: 1 });
    const [query, body] = grant();
    const response = await fetch(`${upstream.url}/oauth/token${query}`, { method: "POST", body });
    const token = (await response.json()) as Record<string, string>;
    expect(token).toMatchObject({ token_type: "bearer", expires_in: 749 });
    const answer = await ask(upstream.url + listPath({}), {
      authorization: `Bearer ${token["access_token"] ?? ""}`,
    });
    expect(answer.status).toBe(200);
  });

  test.each([
    ["a wrong secret", { ...GRANT, client_secret: "guess" }, 401],
    ["a wrong client", { ...GRANT, client_id: "other" }, 401],
    ["another grant", { ...GRANT, grant_type: "password" }, 400],
  ])("is not granted to %s", async (_name, grant, status) => {
    const { upstream } = await tenant({ accounts: 1 });
    const response = await fetch(`${upstream.url}/oauth/token`, {
      method: "POST",
      body: new URLSearchParams(grant),
    });
    expect(response.status).toBe(status);
    expect(await response.json()).toHaveProperty("error");
  });

  test("expires by the upstream's clock and is then refused in a shape of its own", async () => {
    const { upstream, get } = await tenant({ accounts: 1, behaviour: { tokenSeconds: 20 } });
    await upstream.control.advance(15_000);
    expect((await get(listPath({}))).status).toBe(200);
    await upstream.control.advance(5_000);
    const { status, text } = await get(listPath({}));
    expect(status).toBe(401);
    expect(JSON.parse(text)).toEqual({ error: "JWT validation failed: JWT is expired" });
  });

  test.each(["", "Bearer", "Bearer abc.def.ghi", "Basic Y2xpZW50OnNlY3JldA=="])(
    "%j is none",
    async (authorization) => {
      const { upstream } = await tenant({ accounts: 1 });
      const { status, text } = await ask(upstream.url + listPath({}), { authorization });
      expect(status).toBe(401);
      expect(JSON.parse(text)).toHaveProperty("error");
    },
  );

  test("signed with another secret is refused", async () => {
    const [{ upstream }, other] = await Promise.all([
      tenant({ accounts: 1 }),
      tenant({ accounts: 1, clientSecret: "other" }),
    ]);
    const foreign = await tokenOf(other.upstream.url, "other");
    expect((await ask(`${upstream.url}/v3/sources`, { authorization: `Bearer ${foreign}` })).status).toBe(
      401,
    );
  });
});

test("the hundredth request in ten seconds passes, the next waits as long as Retry-After says", async () => {
  const { upstream, get } = await tenant({ accounts: 1 });
  const statuses = new Set<number>();
  for (let count = 0; count < 100; count += 1) statuses.add((await get("/v3/accounts/none")).status);
  expect(statuses).toEqual(new Set([404]));
  const refused = await get("/v3/accounts/none");
  expect(refused.status).toBe(429);
  expect(JSON.parse(refused.text)).toEqual({ message: " Rate Limit Exceeded " });
  const seconds = Number(refused.headers.get("retry-after"));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(10);
  await upstream.control.advance(seconds * 1_000);
  expect((await get("/v3/accounts/none")).status).toBe(404);
  await upstream.control.options({ rateLimit: null });
  for (let count = 0; count < 120; count += 1) expect((await get("/v3/accounts/none")).status).toBe(404);
});
