import { SourceHaltedError } from "../../core/errors.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "../../core/json.ts";
import type { ConnectorContext } from "../../ports/connector.ts";
import type { HttpResponse } from "../../ports/http.ts";
import { refusal } from "../../sdk/refusal.ts";
import { answeredAt, utcTime } from "../utc-time.ts";
import { authorizedHttp } from "./authorized-http.ts";
import { type BambooHrSettings, apiRoot, defaultFields } from "./settings.ts";

/** The feed of changes as BambooHR answers it, not yet understood. */
export interface ChangeFeed {
  /** Newest change of all that are listed, or whatever stands in its place when there is none. */
  latest: JsonValue;
  /** Entries with the key under which they are listed (null: the list has no keys). */
  entries: { key: string | null; entry: JsonValue }[];
  /** The upstream's clock. */
  answeredAt: string;
}

/** An employee in a report. */
export interface ReportedEmployee {
  /** As from `employee`, where the report writes its values alike. */
  employee: JsonValue;
  /** When it last changed, ISO-8601 UTC, or null: how old the report is tells nothing else. */
  changedAt: string | null;
}

/** The calls of BambooHR's API that the connector makes. @see BambooHR "Get updated employee IDs", "Get employee", "Request a custom report" */
export interface BambooHrApi {
  /** @param since ISO-8601 UTC; BambooHR knows whole seconds only. */
  changed(since: string): Promise<ChangeFeed>;
  employee(id: string): Promise<JsonObject | "gone" | "forbidden">;
  /** Every employee with the id alone, or null when the key may not run reports. */
  everyone(): Promise<JsonValue[] | null>;
  /**
   * Several employees in one answer, which may lack some and show others; null when it is refused.
   * @param ids As many as an answer shall have.
   */
  report(ids: readonly string[]): Promise<ReportedEmployee[] | null>;
}

/** BambooHR's API as one source's credentials see it. */
export function bambooHrApi(context: ConnectorContext<BambooHrSettings>): BambooHrApi {
  const { settings, clock } = context;
  const http = authorizedHttp(context);
  const root = apiRoot(settings);
  // Without it, BambooHR answers in XML.
  const headers = { accept: "application/json" };
  const fields = settings.fields ?? defaultFields;

  /** @returns null when it is answered with one of the refusals */
  async function customReport(body: JsonObject, refusals: readonly number[]): Promise<JsonValue[] | null> {
    const response = await http.request({
      method: "POST",
      url: `${root}/reports/custom?format=json`,
      // With a charset behind it, the body would be read as XML.
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify({ title: "Tidemark", ...body }),
    });
    if (refusals.includes(response.status)) return null;
    if (response.status !== 200) throw refusal(http, response, messageOf(response));
    const report = response.json();
    const employees = isJsonObject(report) ? report["employees"] : undefined;
    if (!Array.isArray(employees)) throw unexpected(response, "a report on employees");
    return employees;
  }

  return {
    async changed(since) {
      const query = new URLSearchParams({ since: `${since.slice(0, 19)}Z` });
      const response = await http.request({ url: `${root}/employees/changed?${query.toString()}`, headers });
      if (response.status !== 200) throw refusal(http, response, messageOf(response));
      const feed = response.json();
      if (!isJsonObject(feed)) throw unexpected(response, "a feed of changes");
      const employees = feed["employees"];
      const at = answeredAt(response.headers, clock.now());
      // PHP writes an empty map as an empty list.
      if (Array.isArray(employees)) {
        return {
          latest: feed["latest"] ?? null,
          entries: employees.map((entry) => ({ key: null, entry })),
          answeredAt: at,
        };
      }
      if (!isJsonObject(employees)) throw unexpected(response, "a feed of changes");
      const entries = Object.entries(employees).map(([key, entry]) => ({ key, entry }));
      return { latest: feed["latest"] ?? null, entries, answeredAt: at };
    },

    async employee(id) {
      const query = new URLSearchParams({ fields: fields.join(","), onlyCurrent: "true" });
      const url = `${root}/employees/${encodeURIComponent(id)}?${query.toString()}`;
      const response = await http.request({ url, headers });
      if (response.status === 404) return "gone";
      if (response.status === 403) return "forbidden";
      if (response.status !== 200) throw refusal(http, response, messageOf(response));
      const employee = response.json();
      if (!isJsonObject(employee)) throw unexpected(response, "an employee");
      return employee;
    },

    everyone: () => customReport({ fields: ["id"] }, [403, 404]),

    async report(ids) {
      const asked = [...new Set(["id", "lastChanged", ...fields])];
      // 400: one field too many, or a filter that is not known. Employees can always be read one by one.
      const rows = await customReport({ fields: asked, filters: { employeeIds: [...ids] } }, [400, 403, 404]);
      return rows?.map((row) => reported(row, fields)) ?? null;
    },
  };
}

function reported(row: JsonValue, fields: readonly string[]): ReportedEmployee {
  if (!isJsonObject(row)) return { employee: row, changedAt: null };
  const { lastChanged = null, ...others } = row;
  return { employee: fields.includes("lastChanged") ? row : others, changedAt: utcTime(lastChanged) };
}

/** BambooHR explains itself in a header; its bodies may be empty, text or HTML. */
function messageOf(response: HttpResponse): string {
  return (
    response.headers["x-bamboohr-error-message"] ?? response.headers["x-bamboohr-message"] ?? "no explanation"
  );
}

function unexpected(response: HttpResponse, what: string): SourceHaltedError {
  return new SourceHaltedError("TIDEMARK_UPSTREAM_UNEXPECTED", `${response.summary}, which is not ${what}`);
}
