import { expect, test } from "vitest";
import { configSchema } from "../../src/config-schema.ts";
import { sourceConfigs } from "../../src/config.ts";
import { accountDocument } from "../../src/core/account.ts";
import { SourceHaltedError } from "../../src/core/errors.ts";
import { faultsOf } from "../../src/core/faults.ts";
import { sourcePrivacy } from "../../src/source-privacy.ts";

function input(privacy: unknown) {
  const settings = { tenant: "acme", clientId: "id", clientSecret: "${env:SECRET}" };
  return {
    postgres: { url: "postgres://u@h/d" },
    kafka: { brokers: ["h:9092"] },
    sources: { acme: { connector: "sailpoint", settings, privacy } },
  };
}

function rulesOf(privacy: unknown) {
  const [source] = sourceConfigs(configSchema.parse(input(privacy)), 16);
  return source?.privacy ?? null;
}

test("rules are kept with the reference to their key; without any there are none", () => {
  expect(rulesOf({ drop: ["attributes.ssn"], hash: ["email"], key: "${env:KEY}" })).toEqual({
    strict: false,
    keep: [],
    drop: ["attributes.ssn"],
    mask: [],
    hash: ["email"],
    key: "${env:KEY}",
  });
  expect(rulesOf(undefined)).toBeNull();
});

test("all that is wrong with them is said at once, with their place", () => {
  const privacy = {
    stric: true,
    drop: ["emial"],
    keep: ["attributes.a"],
    mask: ["attributes.a"],
    hash: ["email"],
  };
  const given = input(privacy);
  const { error } = configSchema.safeParse(given);
  expect(error === undefined ? [] : faultsOf(error, given, configSchema)).toEqual([
    "sources.acme.privacy.stric is not a known name; did you mean strict?",
    "sources.acme.privacy: drop emial: an account has no member emial; did you mean email?",
    "sources.acme.privacy: keep attributes.a contradicts mask attributes.a: both are about the same member",
    "sources.acme.privacy: key is missing: hash needs one, such as ${env:TIDEMARK_PRIVACY_KEY}",
  ]);
});

test("a worker resolves the key, and hides it from its logs", () => {
  const privacy = rulesOf({ hash: ["email"], key: "${env:KEY}" });
  const resolved = sourcePrivacy({ privacy }, { KEY: "0123456789abcdef" });
  expect(resolved.secrets).toEqual(["0123456789abcdef"]);
  const document = accountDocument({ id: "7", email: "ann@example.com" }, {});
  expect(resolved.privacy?.document(document).email).toMatch(/^hmac-sha256:[0-9a-f]{64}$/);
  expect(sourcePrivacy({ privacy: null }, {})).toEqual({ privacy: null, secrets: [] });
});

test.each<[NodeJS.ProcessEnv, string]>([
  [{}, "privacy.key: environment variable KEY is not set"],
  [{ KEY: "0123456789abcde" }, "privacy.key: it must have at least 16 characters"],
])("without a key that can be used the source halts: %j", (env, why) => {
  const privacy = rulesOf({ hash: ["email"], key: "${env:KEY}" });
  const halted = new SourceHaltedError("TIDEMARK_SOURCE_SETTINGS", why);
  expect(() => sourcePrivacy({ privacy }, env)).toThrow(halted);
});
