import { SourceHaltedError } from "../../core/errors.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "../../core/json.ts";
import type { AccessToken, Tokens } from "../../ports/http.ts";
import type { LumosClient, LumosCredential } from "./credential-schema.ts";
import { type LumosSettings, credentialsOf, operationUrl } from "./settings.ts";

/** The credentials of one request. */
export interface SentCredentials {
  /** `auth` and `credentials` as they stand in the body. */
  members: JsonObject;
  /** Every text in them, and in the other settings that are sent: none of it may be shown. */
  secrets: string[];
  /** Access tokens among them that can be had anew, by the names that they are kept under. */
  obtained: ReadonlyMap<string, string>;
}

/** The credentials of a source; access tokens that the settings do not have are obtained and kept. */
export interface LumosCredentials {
  toSend(): Promise<SentCredentials>;
  /** Forgets the tokens of a request that was refused. @returns false when there are none: asking again would change nothing. */
  renew(sent: SentCredentials): boolean;
}

/** @param obtain Asks the connector for an access token; called at most once at a time per client. */
export function lumosCredentials(
  settings: LumosSettings,
  tokens: Tokens,
  obtain: (client: LumosClient, id: string | undefined) => Promise<AccessToken>,
): LumosCredentials {
  async function filled(credential: LumosCredential, obtained: Map<string, string>): Promise<JsonObject> {
    const { oauth_client_credentials: client, service_account: account } = credential;
    if (client !== undefined && client.access_token === undefined) {
      const name = `${operationUrl(settings, credential.id ?? "")} ${client.client_id}`;
      const token = await tokens.get(name, () => obtain(client, credential.id));
      obtained.set(name, token);
      return { ...credential, oauth_client_credentials: { ...client, access_token: token } } as JsonObject;
    }
    if (account !== undefined && typeof account.key === "string") {
      return { ...credential, service_account: { ...account, key: keyFile(account.key) } } as JsonObject;
    }
    return credential as JsonObject;
  }

  return {
    async toSend() {
      const obtained = new Map<string, string>();
      const { auth, credentials } = settings;
      const members: JsonObject = {};
      if (auth !== undefined) members["auth"] = await filled(auth, obtained);
      if (credentials !== undefined) {
        members["credentials"] = await Promise.all(credentials.map((each) => filled(each, obtained)));
      }
      const secrets = [...textsIn(members), ...secretsOf(settings)];
      return { members, secrets, obtained };
    },
    renew({ obtained }) {
      for (const [name, token] of obtained) tokens.forget(name, token);
      return obtained.size > 0;
    },
  };
}

/** Every text that is sent besides what was asked for: an error may echo any of it. */
export function secretsOf(settings: LumosSettings): string[] {
  const { headers = {}, connectorSettings = {} } = settings;
  return textsIn([credentialsOf(settings), headers, connectorSettings] as JsonValue);
}

function textsIn(value: JsonValue): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

/** @throws SourceHaltedError without the text: the parser's message would quote it. */
function keyFile(text: string): JsonObject {
  let key: unknown;
  try {
    key = JSON.parse(text);
  } catch {
    key = null;
  }
  if (isJsonObject(key)) return key;
  throw new SourceHaltedError(
    "TIDEMARK_SOURCE_SETTINGS",
    "service_account.key is not the JSON of a key file",
  );
}
