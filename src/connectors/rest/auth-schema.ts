import { z } from "zod";

const secret = z.string().min(1).describe("A reference: `${env:NAME}` or `${file:path}`.");

const kinds = {
  basic: z.strictObject({ username: z.string().min(1), password: z.string().default("") }).optional(),
  header: z
    .strictObject({
      name: z.string().regex(/^[\w-]+$/, "a header's name has letters, digits and hyphens only"),
      value: secret,
    })
    .optional()
    .describe("An API key in a header of its own."),
  bearer: z.strictObject({ token: secret }).optional(),
  oauth2: z
    .strictObject({
      tokenUrl: z.url({ protocol: /^https?$/ }),
      clientId: z.string().min(1),
      clientSecret: secret,
      refreshToken: z
        .string()
        .min(1)
        .optional()
        .describe(
          "A reference: `${env:NAME}` or `${file:path}`. Where it begins: newer ones are stored, sealed with `TIDEMARK_TOKEN_KEY`. Left out, the client asks in its own name (client credentials).",
        ),
    })
    .optional()
    .describe("OAuth 2."),
};

/** How requests are authorised: in exactly one way. */
export const authSchema = z
  .strictObject(kinds)
  .refine(
    (auth) => Object.values(auth).filter((kind) => kind !== undefined).length === 1,
    `it must have exactly one of ${Object.keys(kinds).join(", ")}; leave auth out where there is none`,
  );

/** How requests are authorised. */
export type Auth = z.infer<typeof authSchema>;
