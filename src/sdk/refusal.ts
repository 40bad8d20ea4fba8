import type { CodeOf } from "../core/errors.ts";
import { SourceHaltedError } from "../core/errors.ts";
import type { Http, HttpResponse } from "../ports/http.ts";

const codes: Record<number, CodeOf<"halt">> = {
  400: "TIDEMARK_UPSTREAM_REJECTED_REQUEST",
  401: "TIDEMARK_UPSTREAM_UNAUTHORIZED",
  403: "TIDEMARK_UPSTREAM_FORBIDDEN",
};

/** The error for an answer that is not what was asked for. @param text What the vendor says about it; it is redacted here. */
export function refusal(http: Http, response: HttpResponse, text: string): SourceHaltedError {
  const code = codes[response.status] ?? "TIDEMARK_UPSTREAM_UNEXPECTED";
  return new SourceHaltedError(code, `${response.summary}: ${http.redact(text)}`);
}
