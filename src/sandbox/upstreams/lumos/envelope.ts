import { z } from "zod";
import type { Item, Refusal } from "../vendor.ts";

/** A failure as the connector tells it: with HTTP status 200. */
export class Failed extends Error {
  override readonly name = "Failed";
  readonly code: string;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.members = members;
  }
}

/** A capability that this connector does not serve. */
export class NotServed extends Error {
  override readonly name = "NotServed";
}

const METADATA: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  rate_limit: { fault: "app", category: "wait", retryable: true, throttled: true, refreshable: false },
  authentication_expired: {
    fault: "credential",
    category: "refresh",
    retryable: false,
    throttled: false,
    refreshable: true,
  },
};
const FINAL = { fault: "caller", category: "fix", retryable: false, throttled: false, refreshable: false };

/** The error envelope. */
export function errorBody({ code, message, members }: Failed, withMetadata: boolean): string {
  const { retry_after_seconds: wait, ...rest } = members;
  const metadata = {
    ...(METADATA[code] ?? FINAL),
    ...(wait === undefined ? {} : { retry_after_seconds: wait }),
  };
  const error = {
    message,
    error_code: code,
    app_id: "acme",
    ...(withMetadata ? { error_metadata: metadata } : {}),
    ...rest,
  };
  return JSON.stringify({ is_error: true, error, raw_data: null, page: null });
}

/** How an injected 401, 403 or 429 looks; 404 is the web server's. */
export function lumosRefusal(status: number): Refusal {
  if (status === 404) return { status, body: JSON.stringify({ detail: "Not Found" }) };
  const codes: Readonly<Record<number, string>> = {
    401: "authentication_expired",
    403: "permission_denied",
    429: "rate_limit",
  };
  const code = codes[status] ?? "internal_error";
  const wait = status === 429 ? { retry_after_seconds: 1 } : {};
  return {
    status: 200,
    body: errorBody(
      new Failed(code, `The app answered ${String(status)}`, { status_code: status, ...wait }),
      true,
    ),
  };
}

/** The body of every capability, as far as they share it; members that nobody knows are passed over. */
export const callSchema = z.object({
  auth: z.record(z.string(), z.unknown()).nullish(),
  credentials: z.array(z.record(z.string(), z.unknown())).nullish(),
  request: z.record(z.string(), z.unknown()),
  page: z.object({ token: z.string().nullish(), size: z.number().int().min(1).nullish() }).nullish(),
});
export type Call = z.infer<typeof callSchema>;

type Answer = Readonly<Record<string, unknown>>;
type Edit = (item: Item, index: number) => Item;

/** The answer with each of its accounts replaced. */
export function editItems(answer: unknown, edit: Edit): unknown {
  const { response, ...rest } = answer as Answer;
  if (Array.isArray(response)) return { ...rest, response: edited(response, edit) };
  const { accounts, ...others } = (response ?? {}) as Answer;
  if (Array.isArray(accounts)) return { ...rest, response: { ...others, accounts: edited(accounts, edit) } };
  if (!("integration_specific_id" in others)) return answer;
  return { ...rest, response: edited([others], edit)[0] };
}

/** The answer without any accounts; it says that it is the last page. */
export function withoutItems(answer: unknown): unknown {
  const { response, ...rest } = answer as Answer;
  if (Array.isArray(response)) return { ...rest, page: null, response: [] };
  if (!Array.isArray((response as Answer | null)?.["accounts"])) return answer;
  return { ...rest, page: null, response: { accounts: [] } };
}

function edited(accounts: readonly unknown[], edit: Edit): unknown[] {
  return accounts.map((account, index) => {
    const { integration_specific_id: id, ...members } = account as Answer;
    const { id: newId, members: newMembers } = edit(
      { id: typeof id === "string" ? id : undefined, members },
      index,
    );
    return { integration_specific_id: newId, ...newMembers };
  });
}
