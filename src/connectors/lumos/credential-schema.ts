import { z } from "zod";

const text = z.string().min(1);
const scopes = z.array(text);
const anyMembers = z.record(z.string(), z.json());

/** The kinds of credentials, in the vendor's words. @see Lumos "AuthCredential" */
const kinds = {
  oauth: z.strictObject({ access_token: text }).optional(),
  oauth_client_credentials: z
    .strictObject({
      access_token: text
        .optional()
        .describe("Left out: the connector is asked for one (`handle_client_credentials_request`)."),
      client_id: text,
      client_secret: text,
      scopes,
    })
    .optional(),
  oauth1: z
    .strictObject({ consumer_key: text, consumer_secret: text, token_id: text, token_secret: text })
    .optional(),
  basic: z.strictObject({ username: text, password: text }).optional(),
  token: z.strictObject({ token: text }).optional(),
  jwt: z.strictObject({ headers: anyMembers, claims: anyMembers, secret: text }).optional(),
  service_account: z
    .strictObject({
      service_type: text.optional(),
      key: z
        .union([anyMembers, text], "it must be a key file's members, or its text")
        .describe("The key file's members, or its whole text: `${file:path}`."),
      impersonation_email: text,
      tenant_id: text,
      scopes,
    })
    .optional(),
  key_pair: z.strictObject({ key_identifier: text, private_key: text }).optional(),
  empty: z.strictObject({}).optional().describe("`{}`: the host authenticates itself."),
};

const kindNames = Object.keys(kinds);

function hasOneKind(credential: object): boolean {
  return kindNames.filter((name) => Reflect.get(credential, name) !== undefined).length === 1;
}

const oneKind = `it must have exactly one of ${kindNames.join(", ")}`;

/** One credential of any kind. */
export const credentialSchema = z.strictObject(kinds).refine(hasOneKind, oneKind);

/** One of several credentials. */
export const namedCredentialSchema = z.strictObject({ id: text, ...kinds }).refine(hasOneKind, oneKind);

/** One credential, with an id where there are several. */
export type LumosCredential = z.infer<typeof credentialSchema> & { id?: string };

/** An OAuth client that gets its access tokens through the connector. */
export type LumosClient = NonNullable<LumosCredential["oauth_client_credentials"]>;
