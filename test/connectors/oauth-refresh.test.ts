import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { authorizedByRefresh } from "../../src/connectors/oauth-refresh.ts";
import { redactor } from "../../src/connectors/redact.ts";
import { storedGrants } from "../../src/connectors/stored-grants.ts";
import { tokenSeal } from "../../src/connectors/token-seal.ts";
import { tokens } from "../../src/connectors/tokens.ts";
import { RetryableError } from "../../src/core/errors.ts";
import type { Http, HttpRequest, HttpResponse } from "../../src/ports/http.ts";
import { impatientClock } from "../support/connector-harness.ts";
import { memoryStore } from "../support/memory-store.ts";

const client = {
  tokenUrl: "token",
  clientId: "id",
  clientSecret: "cl1ent-s3cret",
  refreshToken: "seed-t0ken",
};
const away = new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "away");
const api = { url: "list" };

function answer(status: number, body: object): HttpResponse {
  return {
    status,
    headers: {},
    body: JSON.stringify(body),
    summary: `POST /token answered ${status}`,
    json: () => body,
  };
}

/** An upstream whose refresh tokens are good for one use, and the database of the processes that use it. */
function setup({ rotates = true } = {}) {
  const clock = impatientClock();
  const store = memoryStore(clock);
  const seal = tokenSeal(randomBytes(32).toString("base64"));
  const vendor = {
    refreshToken: "seed-t0ken",
    accessToken: "none",
    issued: 0,
    /** Refresh tokens as they were shown. */
    shown: [] as string[],
    asked: [] as HttpRequest[],
    /** Called before an answer with tokens goes out. */
    beforeAnswer: async () => {},
  };

  async function refresh(form: URLSearchParams): Promise<HttpResponse> {
    const shown = form.get("refresh_token") ?? "";
    vendor.shown.push(shown);
    if (form.get("client_secret") !== client.clientSecret)
      return answer(401, { error: "invalid_client", error_description: `no ${form.get("client_secret")}` });
    if (shown !== vendor.refreshToken)
      return answer(400, { error: "invalid_grant", error_description: `bad token ${shown}` });
    vendor.issued += 1;
    vendor.accessToken = `acc3ss-number-${vendor.issued}`;
    if (rotates) vendor.refreshToken = `r3fresh-number-${vendor.issued}`;
    const body = { access_token: vendor.accessToken, expires_in: 3_600, refresh_token: vendor.refreshToken };
    await vendor.beforeAnswer();
    return answer(200, rotates ? body : { ...body, refresh_token: undefined });
  }

  const http: Http = {
    redact: redactor([]),
    async request(request) {
      vendor.asked.push(request);
      if (request.url === "token") return refresh(new URLSearchParams(request.body));
      const isValid = request.headers?.["authorization"] === `Bearer ${vendor.accessToken}`;
      return answer(isValid ? 200 : 401, { message: `for ${request.headers?.["authorization"]}` });
    },
  };
  return {
    clock,
    store,
    vendor,
    /** A process with nothing in memory. @returns what its sources of one group use. */
    process() {
      const shared = tokens(clock, storedGrants(store, seal, clock));
      return (different: Partial<typeof client> = {}) =>
        authorizedByRefresh(http, shared, { ...client, ...different });
    },
  };
}

test("the refresh token in the settings is used up first, then each successor", async () => {
  const { vendor, clock, process } = setup();
  const http = process()();
  for (let hour = 0; hour < 3; hour++) {
    expect((await http.request(api)).status).toBe(200);
    expect((await http.request(api)).status).toBe(200);
    await clock.sleep(3_600_000);
  }
  expect(vendor.shown).toEqual(["seed-t0ken", "r3fresh-number-1", "r3fresh-number-2"]);
});

test("a refresh token that the upstream does not replace stays good", async () => {
  const { vendor, clock, process } = setup({ rotates: false });
  await process()().request(api);
  await clock.sleep(3_600_000);
  expect((await process()().request(api)).status).toBe(200);
  expect(vendor.shown).toEqual(["seed-t0ken", "seed-t0ken"]);
});

test("the request for a token insists on its answer, others do not", async () => {
  const { vendor, process } = setup();
  await process()().request(api);
  expect(vendor.asked.map(({ url, insistMs }) => [url, insistMs])).toEqual([
    ["token", 8_000],
    ["list", undefined],
  ]);
});

test("two sources of a group that need a token at once cause one refresh", async () => {
  const { vendor, process } = setup();
  const group = process();
  const answers = await Promise.all([1, 2, 3].map(() => group().request(api)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(vendor.shown).toEqual(["seed-t0ken"]);
});

test("the successor is stored before the access token is used", async () => {
  const { store, vendor, process } = setup();
  for (let count = 0; count < 60; count++) store.failNext("replaceToken", away, { applied: false });
  const http = process()();
  await expect(http.request(api)).rejects.toThrow(away);
  expect(vendor.asked.map(({ url }) => url)).toEqual(["token"]);
  // The database is back: what was given is stored and used, and nothing is used up twice.
  expect((await http.request(api)).status).toBe(200);
  expect(vendor.shown).toEqual(["seed-t0ken"]);
  expect((await process()().request(api)).status).toBe(200);
  expect(vendor.shown).toEqual(["seed-t0ken"]);
});

test("a process that dies between the rotation and its first use is followed by one that goes on", async () => {
  const { vendor, store, clock, process } = setup();
  const dying = process()();
  // Stored, but the process never hears of it.
  for (let count = 0; count < 60; count++) store.failNext("replaceToken", away, { applied: true });
  await expect(dying.request(api)).rejects.toThrow(away);
  expect((await process()().request(api)).status).toBe(200);
  expect(vendor.shown).toEqual(["seed-t0ken"]);
  await clock.sleep(3_600_000);
  expect((await process()().request(api)).status).toBe(200);
  expect(vendor.shown).toEqual(["seed-t0ken", "r3fresh-number-1"]);
});

test("another process takes over the access token, unless it is about to end", async () => {
  const { vendor, clock, process } = setup();
  await process()().request(api);
  await clock.sleep(3_530_000);
  await process()().request(api);
  expect(vendor.shown).toHaveLength(1);
  await clock.sleep(11_000);
  await process()().request(api);
  expect(vendor.shown).toHaveLength(2);
});

test("a 401 is answered once with a fresh token, also where the database still has the refused one", async () => {
  const { vendor, process } = setup();
  const http = process()();
  await http.request(api);
  vendor.accessToken = "revoked";
  expect((await http.request(api)).status).toBe(200);
  expect(vendor.shown).toEqual(["seed-t0ken", "r3fresh-number-1"]);
});

test("many requests that are refused at once cause one refresh", async () => {
  const { vendor, process } = setup();
  const http = process()();
  await http.request(api);
  vendor.accessToken = "revoked";
  const answers = await Promise.all([1, 2, 3, 4].map(() => http.request(api)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(vendor.shown).toHaveLength(2);
});

test("a refusal is believed only of the newest refresh token: another process may have been faster", async () => {
  const { vendor, process } = setup();
  await process()().request(api);
  vendor.accessToken = "revoked";
  const [slow, fast] = [process()(), process()()];
  let isOvertaken = false;
  vendor.beforeAnswer = async () => {
    if (isOvertaken) return;
    isOvertaken = true;
    // The slow one reads the old token now, and finds it used up.
    await expect.poll(() => vendor.shown.length).toBe(3);
  };
  const [first, second] = await Promise.all([fast.request(api), slow.request(api)]);
  expect([first.status, second.status]).toEqual([200, 200]);
});

test("a refresh token that is used up halts the source, with the sentence that says what to do", async () => {
  const { vendor, process } = setup();
  await process()().request(api);
  vendor.accessToken = "revoked";
  vendor.refreshToken = "known to nobody";
  const error = await process()()
    .request(api)
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAUTHORIZED" });
  expect(String(error)).toContain("authorise anew and put the new refresh token into the source's settings");
  // One try with the stored one: what is in the settings is older still.
  expect(vendor.shown).toEqual(["seed-t0ken", "r3fresh-number-1"]);
});

test("a newly configured refresh token wins over what was stored for the last one", async () => {
  const { vendor, process } = setup();
  await process()().request(api);
  vendor.accessToken = "revoked";
  vendor.refreshToken = "brand-new-seed";
  await expect(process()().request(api)).rejects.toThrow("authorise anew");
  expect((await process()({ refreshToken: "brand-new-seed" }).request(api)).status).toBe(200);
  expect(vendor.shown.at(-1)).toBe("brand-new-seed");
});

test("a wrong client is told as such, without burning anything", async () => {
  const { vendor, process } = setup();
  const wrong = process()({ clientSecret: "wr0ng-s3cret" });
  const error = await wrong.request(api).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAUTHORIZED" });
  expect(String(error)).toContain("invalid_client");
  expect(String(error)).not.toContain("authorise anew");
  expect(vendor.shown).toHaveLength(1);
  expect((await process()().request(api)).status).toBe(200);
});

test("no error shows a token or the client's secret, neither those of the settings nor those that came later", async () => {
  const { vendor, process } = setup();
  const http = process()();
  await http.request(api);
  vendor.accessToken = "revoked";
  vendor.refreshToken = "known to nobody";
  const told = [http.redact("acc3ss-number-1, r3fresh-number-1 and seed-t0ken")];
  for (const different of [{}, { refreshToken: "seed-t0ken-2" }, { clientSecret: "wr0ng-s3cret" }])
    told.push(
      String(
        await process()(different)
          .request(api)
          .catch((error: unknown) => error),
      ),
    );
  expect(told.join("\n")).not.toMatch(/t0ken|s3cret|acc3ss|r3fresh/);
  expect(told.join("\n")).toContain("bad token ***");
});
