import type { JsonValue } from "../../src/core/json.ts";
import type { HttpRequest, HttpResponse } from "../../src/ports/http.ts";
import { memoryGrants } from "../../src/sdk/testing/memory-grants.ts";
import { impatientClock, recordingLog } from "./connector-harness.ts";

/** A connector's context whose upstream answers what no simulator does: whatever `answer` makes of the query, with `statusOf` it. */
export function scriptedHttp(
  answer: (query: URLSearchParams) => JsonValue,
  statusOf: (query: URLSearchParams) => number = () => 200,
) {
  const asked: URLSearchParams[] = [];
  return {
    asked,
    context: {
      clock: impatientClock(),
      log: recordingLog(),
      signal: new AbortController().signal,
      tokens: { get: async () => "token", forget() {}, grants: memoryGrants(impatientClock()) },
      http: {
        redact: (text: string) => text,
        async request({ url }: HttpRequest): Promise<HttpResponse> {
          const query = new URL(url).searchParams;
          asked.push(query);
          const body = answer(query);
          const headers = { date: "Fri, 01 May 2026 12:00:00 GMT" };
          return {
            status: statusOf(query),
            headers,
            body: JSON.stringify(body),
            summary: `GET http://upstream answered ${statusOf(query)}`,
            json: () => body,
          };
        },
      },
    },
  };
}

/** All steps of a pass, and what it threw in the end (null: nothing). */
export async function stepsOf<Step>(
  pass: AsyncGenerator<Step, unknown, void>,
): Promise<{ pages: Step[]; error: unknown }> {
  const pages: Step[] = [];
  try {
    for await (const page of pass) pages.push(page);
    return { pages, error: null };
  } catch (error) {
    return { pages, error };
  }
}
