import { expect, test } from "vitest";
import { authorized } from "../../src/connectors/oauth.ts";
import { tokens } from "../../src/connectors/tokens.ts";
import { RetryableError } from "../../src/core/errors.ts";
import type { Http, HttpResponse } from "../../src/ports/http.ts";
import { memoryGrants } from "../../src/sdk/testing/memory-grants.ts";
import { manualClock } from "../support/manual-clock.ts";

function freshTokens() {
  const clock = manualClock();
  return tokens(clock, memoryGrants(clock));
}

test("a token is used until shortly before its end, then renewed", async () => {
  const clock = manualClock();
  const cache = tokens(clock, memoryGrants(clock));
  let obtained = 0;
  const obtain = async () => ({ token: `t${++obtained}`, expiresInMs: 749_000 });
  expect(await cache.get("c", obtain)).toBe("t1");
  await clock.advance(688_999);
  expect(await cache.get("c", obtain)).toBe("t1");
  await clock.advance(1);
  expect(await cache.get("c", obtain)).toBe("t2");
});

test("a short-lived token is renewed a tenth of its life early", async () => {
  const clock = manualClock();
  const cache = tokens(clock, memoryGrants(clock));
  let obtained = 0;
  const obtain = async () => ({ token: `t${++obtained}`, expiresInMs: 10_000 });
  await cache.get("c", obtain);
  await clock.advance(8_999);
  expect(await cache.get("c", obtain)).toBe("t1");
  await clock.advance(1);
  expect(await cache.get("c", obtain)).toBe("t2");
});

test("many who need a token at once cause one request", async () => {
  const cache = freshTokens();
  let obtained = 0;
  const obtain = async () => ({ token: `t${++obtained}`, expiresInMs: 60_000 });
  expect(await Promise.all([cache.get("c", obtain), cache.get("c", obtain), cache.get("d", obtain)])).toEqual(
    ["t1", "t1", "t2"],
  );
});

test("a refusal is everybody's, but a pass that was told to stop is only its own", async () => {
  const cache = freshTokens();
  const refused = () => Promise.reject(new RetryableError("TIDEMARK_UPSTREAM_UNAVAILABLE", "no"));
  const never = async () => Promise.reject(new Error("must not be asked"));
  const both = [cache.get("c", refused), cache.get("c", never)];
  await expect(both[0]).rejects.toThrow("no");
  await expect(both[1]).rejects.toThrow("no");
  const stopped = cache.get("c", () => Promise.reject(new Error("shutting down")));
  const other = cache.get("c", async () => ({ token: "t", expiresInMs: 1 }));
  await expect(stopped).rejects.toThrow("shutting down");
  expect(await other).toBe("t");
});

test("only the very token that failed is forgotten", async () => {
  const cache = freshTokens();
  const obtain = async () => ({ token: "new", expiresInMs: 60_000 });
  await cache.get("c", obtain);
  cache.forget("c", "old");
  expect(await cache.get("c", () => Promise.reject(new Error("must not be asked")))).toBe("new");
});

/** An upstream that accepts the tokens of a list and hands out t1, t2 …; `tokenStatus` is what the token address answers. */
function scripted(accepted: string[], tokenStatus = 200) {
  const asked: string[] = [];
  let issued = 0;
  const answer = (status: number, body: string): HttpResponse => ({
    status,
    headers: {},
    body,
    summary: `GET / answered ${status}`,
    json: () => JSON.parse(body) as unknown,
  });
  const http: Http = {
    redact: (text) => text.replaceAll("s3cret", "***"),
    async request({ url, headers, body }) {
      if (url === "token") {
        asked.push(`token ${body}`);
        if (tokenStatus !== 200)
          return answer(tokenStatus, '{"error":"invalid_client","error_description":"s3cret is wrong"}');
        return answer(200, JSON.stringify({ access_token: `t${++issued}`, expires_in: 749 }));
      }
      asked.push(headers?.["authorization"] ?? "none");
      return answer(accepted.includes(headers?.["authorization"] ?? "") ? 200 : 401, "{}");
    },
  };
  const client = { tokenUrl: "token", clientId: "id", clientSecret: "s3cret" };
  return { asked, http: authorized(http, freshTokens(), client) };
}

const grant = "token grant_type=client_credentials&client_id=id&client_secret=s3cret";

test("a 401 is answered once with a fresh token", async () => {
  const up = scripted(["Bearer t2"]);
  expect((await up.http.request({ url: "list" })).status).toBe(200);
  expect(up.asked).toEqual([grant, "Bearer t1", grant, "Bearer t2"]);
});

test("a second 401 halts the source without hammering", async () => {
  const up = scripted([]);
  await expect(up.http.request({ url: "list" })).rejects.toMatchObject({
    code: "TIDEMARK_UPSTREAM_UNAUTHORIZED",
  });
  expect(up.asked).toHaveLength(4);
});

test.each([400, 401, 403])(
  "a client that is refused with %i halts the source after one request",
  async (status) => {
    const up = scripted([], status);
    const refused = await up.http.request({ url: "list" }).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: "TIDEMARK_UPSTREAM_UNAUTHORIZED",
      message: expect.stringContaining("*** is wrong"),
    });
    expect(up.asked).toEqual([grant]);
  },
);

test("an answer that is no token is unexpected", async () => {
  const up = scripted([], 404);
  await expect(up.http.request({ url: "list" })).rejects.toMatchObject({
    code: "TIDEMARK_UPSTREAM_UNEXPECTED",
  });
});
