import { isJsonObject } from "../core/json.ts";
import type { HttpResponse } from "../ports/http.ts";

const membersWithText = ["error_description", "error", "message", "detailMessage", "detail", "title"];

/** What a vendor says in a refusal, as far as it can be found; raw, so redact it before it is shown. */
export function vendorText(response: HttpResponse): string {
  let body: unknown;
  try {
    body = response.json();
  } catch {
    return "no explanation";
  }
  if (!isJsonObject(body)) return "no explanation";
  const messages = Array.isArray(body["messages"]) ? body["messages"] : [];
  const texts = [
    ...messages.map((message) => (isJsonObject(message) ? message["text"] : null)),
    ...membersWithText.map((member) => body[member]),
  ]
    .filter((text) => typeof text === "string")
    .filter((text) => text.trim() !== "");
  const trackingId = body["trackingId"];
  const text = texts.length === 0 ? "no explanation" : texts.join(", ");
  return typeof trackingId === "string" ? `${text} (tracking id ${trackingId})` : text;
}
