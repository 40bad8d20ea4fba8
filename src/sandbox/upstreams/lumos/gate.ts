import { randomUUID } from "node:crypto";
import type { SimulatedClock } from "../clock.ts";
import type { LumosBehaviour } from "./behaviour.ts";
import { type Call, Failed } from "./envelope.ts";

/** The credential that a simulated connector accepts: one kind with its members, and an id where there are several. */
export type Credential = Readonly<Record<string, unknown>>;

/** Checks credentials, and hands out access tokens to a client that has the right secret. */
export interface Gate {
  /** @throws Failed as the connector does, a missing credential with an echo of the whole request */
  check(call: Call): void;
  /** `handle_client_credentials_request` */
  grant(call: Call): unknown;
}

/** @param accepted One credential; `oauth_client_credentials` without `access_token`: the tokens that are handed out. */
export function lumosGate(accepted: Credential, clock: SimulatedClock, behaviour: LumosBehaviour): Gate {
  const [kind = "", wanted] = Object.entries(accepted).find(([name]) => name !== "id") ?? [];
  const issued = new Map<string, number>();

  function check(call: Call): void {
    const sent = [call.auth, ...(call.credentials ?? [])].find(
      (each) => each?.[kind] !== undefined && (accepted["id"] ?? each["id"]) === each["id"],
    );
    if (sent === undefined || sent === null) {
      // As the SDK's validation does, it says what it was given.
      throw new Failed(
        "bad_request",
        `1 validation error: ${kind}: Field required, input_value=${JSON.stringify(call)}`,
      );
    }
    const { access_token: token, ...rest } = sent[kind] as Record<string, unknown>;
    if (kind !== "oauth_client_credentials") return matchesOrFails(sent[kind], wanted);
    matchesOrFails(rest, wanted);
    const endsAtMs = issued.get(String(token)) ?? 0;
    if (clock.now() >= endsAtMs) {
      throw new Failed("authentication_expired", `Token ${String(token)} has expired`, { status_code: 401 });
    }
  }

  function matchesOrFails(given: unknown, right: unknown): void {
    if (JSON.stringify(sorted(given)) === JSON.stringify(sorted(right))) return;
    throw new Failed("unauthorized", `The app refused ${JSON.stringify(given)}`, { status_code: 401 });
  }

  function grant({ request }: Call): unknown {
    const { credential_id: _id, ...client } = request;
    matchesOrFails(client, wanted);
    const token = randomUUID();
    issued.set(token, clock.now() + behaviour.tokenSeconds * 1_000);
    return { access_token: token, token_type: "bearer", refresh_token: null, state: null };
  }

  return { check, grant };
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
