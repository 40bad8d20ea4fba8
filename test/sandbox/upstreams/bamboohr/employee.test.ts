import { describe, expect, test } from "vitest";
import { ask, basic, company, daysAgo } from "../asking.ts";

type Members = Record<string, unknown>;

describe("an employee", () => {
  test("has id, first and last name unless fields are named", async () => {
    const { get } = await company({ accounts: 1 });
    expect(Object.keys(JSON.parse((await get("/api/v1/employees/1")).text) as Members).sort()).toEqual([
      "firstName",
      "id",
      "lastName",
    ]);
  });

  test("comes with the fields that were named, all of them strings or null; unknown and hidden ones are left out", async () => {
    const { upstream, get } = await company({ accounts: 10 });
    await upstream.control.options({ hiddenFields: ["dateOfBirth"] });
    const named = "workEmail,gender,terminationDate,isPhotoUploaded,dateOfBirth,shoeSize,__proto__";
    const seen: Members[] = [];
    for (let id = 1; id <= 10; id += 1) {
      seen.push(
        JSON.parse(
          (await get(`/api/v1/employees/${String(id)}?fields=${named}&onlyCurrent=true`)).text,
        ) as Members,
      );
    }
    for (const employee of seen) {
      expect(Object.keys(employee).sort()).toEqual([
        "gender",
        "id",
        "isPhotoUploaded",
        "terminationDate",
        "workEmail",
      ]);
      for (const value of Object.values(employee))
        expect(value === null || typeof value === "string").toBe(true);
    }
    expect(seen.map((employee) => employee["terminationDate"])).toContain("0000-00-00");
    expect(seen.map((employee) => employee["isPhotoUploaded"])).toContain("true");
  });

  test("has another photo address every time", async () => {
    const { get } = await company({ accounts: 1 });
    const photo = async (): Promise<unknown> =>
      (JSON.parse((await get("/api/v1/employees/1?fields=photoUrl")).text) as Members)["photoUrl"];
    expect(await photo()).toMatch(/^https:.*Signature=/u);
    expect(await photo()).not.toBe(await photo());
  });

  test("may be asked for 400 fields and not for more", async () => {
    const { get } = await company({ accounts: 1 });
    const path = (count: number): string =>
      `/api/v1/employees/1?fields=${Array.from({ length: count }, () => "city").join(",")}`;
    expect((await get(path(400))).status).toBe(200);
    expect((await get(path(401))).status).toBe(400);
  });

  test("is 404 when it never was or is deleted, and 403 when this key may not see it", async () => {
    const { upstream, get } = await company({ accounts: 3, behaviour: { forbiddenIds: ["3"] } });
    await upstream.control.mutate({ changes: [{ op: "delete", id: "2" }] });
    const statuses: number[] = [];
    for (const id of ["1", "2", "3", "99", "x"]) statuses.push((await get(`/api/v1/employees/${id}`)).status);
    expect(statuses).toEqual([200, 404, 403, 404, 404]);
  });

  test("is XML to whoever does not accept JSON", async () => {
    const { upstream, get } = await company({ accounts: 1 });
    await upstream.control.mutate({ changes: [{ op: "update", id: "1", changes: { city: 'A & "B" <C>' } }] });
    const { headers, text } = await get("/api/v1/employees/1?fields=city", { accept: "*/*" });
    expect(headers.get("content-type")).toContain("xml");
    expect(text).toContain(
      '<employee id="1"><field id="city">A &amp; &quot;B&quot; &lt;C></field></employee>',
    );
  });

  test("carries what the truth says", async () => {
    const { upstream, get } = await company({ accounts: 5 });
    await upstream.control.mutate({ update: 20 });
    for (const { id, record } of (await upstream.control.truth()).accounts) {
      const { text } = await get(`/api/v1/employees/${id}?fields=${Object.keys(record).join(",")}`);
      expect(JSON.parse(text)).toEqual(record);
    }
  });

  test("has fields that can be looked up", async () => {
    const { upstream, get } = await company({ accounts: 1, behaviour: { hiddenFields: ["gender"] } });
    const fields = JSON.parse((await get("/api/v1/meta/fields")).text) as {
      id: unknown;
      name: string;
      type: string;
      alias: string;
    }[];
    const aliases = fields.map(({ alias }) => alias);
    expect(aliases).toEqual(expect.arrayContaining(["firstName", "workEmail", "photoUrl", "lastChanged"]));
    expect(aliases).not.toContain("gender");
    expect(new Set(fields.map(({ id }) => typeof id))).toEqual(new Set(["string", "number"]));
    expect((await ask(`${upstream.url}/api/v1/meta/fields`, { authorization: basic("guess") })).status).toBe(
      401,
    );
  });
});

interface Report {
  readonly fields: readonly { readonly id: string }[];
  readonly employees: readonly Members[];
}

describe("a report", () => {
  async function report(
    url: string,
    body: unknown,
    headers: Record<string, string> = {},
    query = "?format=json",
  ): Promise<Response> {
    return fetch(`${url}/api/v1/reports/custom${query}`, {
      method: "POST",
      headers: {
        authorization: basic("key"),
        "content-type": "application/json",
        accept: "application/json",
        ...headers,
      },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  }

  test("has all employees, inactive ones too, with the fields that exist", async () => {
    const { upstream } = await company({
      accounts: 60,
      behaviour: { hiddenFields: ["gender"], forbiddenIds: ["7"] },
    });
    const response = await report(upstream.url, {
      title: "All",
      fields: ["status", "gender", "nope", "city"],
    });
    const { fields, employees } = (await response.json()) as Report;
    expect(fields.map(({ id }) => id)).toEqual(["status", "city"]);
    expect(employees).toHaveLength(59);
    expect(new Set(employees.map((employee) => employee["status"]))).toEqual(new Set(["Active", "Inactive"]));
    for (const employee of employees) expect(Object.keys(employee).sort()).toEqual(["city", "id", "status"]);
  });

  test("is narrowed to ids, and to those changed at or after an instant", async () => {
    const { upstream } = await company({ accounts: 5 });
    const at = daysAgo(30);
    await upstream.control.mutate({ changes: [{ op: "update", id: "2" }], at: `${at}.900Z` });
    const nextSecond = new Date(Date.parse(`${at}Z`) + 1_000).toISOString().replace(".000", "");
    const ids = async (filters: unknown): Promise<unknown[]> =>
      ((await (await report(upstream.url, { fields: ["city"], filters })).json()) as Report).employees.map(
        ({ id }) => id,
      );
    expect(await ids({ employeeIds: ["1", 4, "99"] })).toEqual(["1", "4"]);
    expect(await ids({ employeeIds: ["2"], lastChanged: { value: `${at}Z`, includeNull: "no" } })).toEqual([
      "2",
    ]);
    expect(await ids({ employeeIds: ["2"], lastChanged: { value: nextSecond } })).toEqual([]);
  });

  test("lags as the feed does, and forgets who was deleted", async () => {
    const { upstream } = await company({ accounts: 2, behaviour: { lagMs: 10_000 } });
    await upstream.control.mutate({ insert: 1, changes: [{ op: "delete", id: "1" }] });
    const ids = async (): Promise<unknown[]> =>
      ((await (await report(upstream.url, { fields: [] })).json()) as Report).employees.map(({ id }) => id);
    expect(await ids()).toEqual(["1", "2"]);
    await upstream.control.advance(10_000);
    expect(await ids()).toEqual(["2", "3"]);
  });

  test("may be made from an older copy, write null for nothing, and show all whoever was asked for", async () => {
    const { upstream } = await company({ accounts: 2 });
    await upstream.control.mutate({
      insert: 1,
      changes: [
        { op: "update", id: "1", changes: { city: "Oslo", workPhone: "" } },
        { op: "delete", id: "2" },
      ],
    });
    const rows = async (): Promise<unknown[]> => {
      const asked = { fields: ["city", "workPhone"], filters: { employeeIds: ["1", "3"] } };
      return ((await (await report(upstream.url, asked)).json()) as Report).employees as unknown[];
    };
    expect(await rows()).toEqual([
      { id: "1", city: "Oslo", workPhone: "" },
      expect.objectContaining({ id: "3" }),
    ]);
    await upstream.control.options({ reportsNulls: true, ignoresReportIds: true, reportLagMs: 60_000 });
    const old = await rows();
    expect(old).toEqual([expect.objectContaining({ id: "1" }), expect.objectContaining({ id: "2" })]);
    expect(old).not.toContainEqual(expect.objectContaining({ city: "Oslo" }));
    await upstream.control.advance(60_000);
    expect(await rows()).toEqual([
      { id: "1", city: "Oslo", workPhone: null },
      expect.objectContaining({ id: "3" }),
    ]);
  });

  test.each<[string, unknown, Record<string, string>, string, number, string]>([
    [
      "a content type with a charset",
      { fields: [] },
      { "content-type": "application/json; charset=utf-8" },
      "?format=json",
      400,
      "Malformed XML",
    ],
    ["a body that is no JSON", "{", {}, "?format=json", 400, "Malformed JSON"],
    ["a body without fields", {}, {}, "?format=json", 400, "Invalid report request"],
    [
      "an unknown filter",
      { fields: [], filters: { ids: ["1"] } },
      {},
      "?format=json",
      400,
      "Invalid report request",
    ],
    [
      "more than 400 fields",
      { fields: Array.from({ length: 401 }, () => "city") },
      {},
      "?format=json",
      400,
      "More than 400 fields",
    ],
    [
      "an instant with milliseconds",
      { fields: [], filters: { lastChanged: { value: "2026-01-01T00:00:00.000Z" } } },
      {},
      "?format=json",
      400,
      "Invalid lastChanged filter",
    ],
    ["an Accept of */* without a format", { fields: [] }, { accept: "*/*" }, "", 404, "Not found"],
    [
      "a list of types without a format",
      { fields: [] },
      { accept: "application/json, text/plain" },
      "",
      404,
      "Not found",
    ],
  ])("refuses %s", async (_name, body, headers, query, status, reason) => {
    const { upstream } = await company({ accounts: 1 });
    const response = await report(upstream.url, body, headers, query);
    expect(response.status).toBe(status);
    expect(response.headers.get("x-bamboohr-error-message")).toContain(reason);
  });

  test("takes any Accept when the format is named, and exactly JSON when it is not", async () => {
    const { upstream } = await company({ accounts: 1 });
    expect((await report(upstream.url, { fields: [] }, { accept: "*/*" })).status).toBe(200);
    expect((await report(upstream.url, { fields: [] }, {}, "")).status).toBe(200);
  });

  test("can be forbidden to this key", async () => {
    const { upstream } = await company({ accounts: 1, behaviour: { forbidsReports: true } });
    expect((await report(upstream.url, { fields: [] })).status).toBe(403);
  });
});
