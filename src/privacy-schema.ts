import { z } from "zod";
import { privacyFaults } from "./core/privacy-rules.ts";

const paths = z.array(z.string()).default([]);

/** Privacy rules of a source, as they stand in the YAML file; a `PrivacyRules`. */
export const privacySchema = z
  .strictObject({
    strict: z.boolean().default(false).describe("Drop every member that no rule names; the id always stays."),
    keep: paths.describe("Members that stay where `strict`, or a rule for more, would take them away."),
    drop: paths.describe("Members that are left out, as if the upstream had none."),
    mask: paths.describe("Members whose values become `***`."),
    hash: paths.describe(
      "Members whose values become `hmac-sha256:` and 64 hex digits: equal ones stay equal.",
    ),
    key: z
      .string()
      .optional()
      .describe("What hashes are made with: `${env:NAME}` or `${file:path}`, of at least 16 characters."),
  })
  .superRefine((rules, context) => {
    for (const message of privacyFaults(rules)) context.addIssue({ code: "custom", message });
  });
