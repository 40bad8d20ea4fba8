import { createHmac } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accountDocument, commonMembers } from "../../src/core/account.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "../../src/core/json.ts";
import { compilePrivacy } from "../../src/core/privacy.ts";
import { type PrivacyRules, privacyFaults } from "../../src/core/privacy-rules.ts";

const key = "a key that is long enough";

function rules(given: Partial<PrivacyRules>): PrivacyRules {
  return { strict: false, keep: [], drop: [], mask: [], hash: [], ...given };
}

/** What the rules leave of an account with these attributes. */
function attributesUnder(given: Partial<PrivacyRules>, attributes: JsonObject): JsonObject {
  return compilePrivacy(rules(given), key).document(accountDocument({ id: "7" }, attributes)).attributes;
}

function digest(text: string): string {
  return `hmac-sha256:${createHmac("sha256", key).update(text).digest("hex")}`;
}

const person = accountDocument(
  {
    id: "7",
    userName: "ann",
    displayName: "Ann Low",
    email: "ann@example.com",
    status: "active",
    kind: "person",
    updatedAt: "2026-01-01T00:00:00Z",
  },
  { department: "Art", ssn: "078-05-1120", workEmail: "ann@example.com", level: 3, isLead: false, note: "" },
);

describe("what becomes of a document", () => {
  it("members are dropped, masked and digested; all that no rule names stays", () => {
    const { document } = compilePrivacy(
      rules({
        drop: ["attributes.ssn", "userName"],
        mask: ["displayName", "attributes.level", "attributes.note", "attributes.absent", "givenName"],
        hash: ["email", "attributes.workEmail", "attributes.isLead"],
      }),
      key,
    );
    expect(document(person)).toEqual({
      ...person,
      userName: null,
      displayName: "***",
      email: digest("ann@example.com"),
      attributes: {
        department: "Art",
        workEmail: digest("ann@example.com"),
        level: "***",
        isLead: digest("false"),
        note: "",
      },
    });
  });

  it("a number is digested as the same text is, and another key gives another digest", () => {
    expect(attributesUnder({ hash: ["attributes"] }, { a: 12, b: "12" })).toEqual({
      a: digest("12"),
      b: digest("12"),
    });
    const other = compilePrivacy(rules({ hash: ["email"] }), "another key of that length");
    expect(other.document(person).email).not.toBe(digest("ann@example.com"));
  });

  it("a rule covers all below it, in lists too, and a longer path wins", () => {
    const attributes = {
      address: { city: "Rome", street: { name: "Via Appia", no: 1 } },
      phones: [{ number: "1", kind: "home" }, { number: "2" }, [null, "3", ["4"]]],
    };
    expect(
      attributesUnder(
        {
          drop: ["attributes.address"],
          keep: ["attributes.address.city"],
          mask: ["attributes.phones"],
          hash: ["attributes.phones.*.kind"],
        },
        attributes,
      ),
    ).toEqual({
      address: { city: "Rome" },
      phones: [{ number: "***", kind: digest("home") }, { number: "***" }, [null, "***", ["***"]]],
    });
  });

  it("a star is any member or every element; a list may also be left out of the path", () => {
    const list = [{ ssn: "1", name: "Bo" }, [{ ssn: "2" }], "3"];
    const attributes = { a: { ssn: "4", x: 1 }, b: { ssn: "5" }, list };
    const left = { a: { x: 1 }, b: {}, list };
    expect(attributesUnder({ drop: ["attributes.*.ssn"] }, attributes)).toEqual({
      ...left,
      list: [{ name: "Bo" }, [{}], "3"],
    });
    expect(attributesUnder({ drop: ["attributes.list.ssn"] }, { list })).toEqual({
      list: [{ name: "Bo" }, [{}], "3"],
    });
    expect(attributesUnder({ drop: ["attributes.list.*"] }, { list })).toEqual({ list: [] });
  });

  it("of two rules that meet only through a list the stricter counts", () => {
    const given = { keep: ["attributes.x.*.b.c.d"], drop: ["attributes.x.b.c.*.d"] };
    expect(privacyFaults(rules(given))).toEqual([]);
    expect(attributesUnder(given, { x: [{ b: { c: [{ d: 1 }] } }] })).toEqual({ x: [{ b: { c: [{}] } }] });
  });

  it("strict: only what a rule names is left, and the id", () => {
    const { document } = compilePrivacy(
      rules({ strict: true, keep: ["status", "attributes.department"], hash: ["email"] }),
      key,
    );
    expect(document(person)).toEqual(
      accountDocument({ id: "7", status: "active", email: digest("ann@example.com") }, { department: "Art" }),
    );
    expect(compilePrivacy(rules({ strict: true }), null).document(person)).toEqual(
      accountDocument({ id: "7" }, {}),
    );
  });

  it("a member that is called like one of JavaScript's own is a member like any other", () => {
    const attributes = JSON.parse('{"__proto__":{"ssn":"1"},"constructor":"2","toString":"3"}') as JsonObject;
    expect(JSON.stringify(attributesUnder({ drop: ["attributes.constructor"] }, attributes))).toBe(
      '{"__proto__":{"ssn":"1"},"toString":"3"}',
    );
  });
});

describe("what becomes of an item that was not understood", () => {
  const dropping = compilePrivacy(rules({ drop: ["attributes.ssn"] }), null);
  const strict = compilePrivacy(rules({ strict: true, keep: ["attributes.department"] }), null);

  it("its members are what attributes would have been", () => {
    expect(dropping.rejected({ id: 7, ssn: "1", a: [{ ssn: "2" }] })).toEqual({ id: 7, a: [{ ssn: "2" }] });
    expect(strict.rejected({ id: "7", ssn: "1", department: "Art" })).toEqual({ department: "Art" });
    expect(strict.rejected({ ssn: "1" })).toEqual({});
  });

  it.each<[JsonValue, string]>([
    ["078-05-1120", "string of 13 bytes"],
    [["078-05-1120"], "array of 15 bytes"],
    [null, "null of 4 bytes"],
    [12, "number of 2 bytes"],
  ])("one without members is described only: %j", (raw, text) => {
    for (const { rejected } of [dropping, strict]) {
      expect(rejected(raw)).toBe(text);
      expect(rejected(text)).toBe(text);
    }
  });
});

describe("for all rules and documents", () => {
  // A small alphabet of names, so that rules and documents meet.
  const names = ["a", "b", "c", "id", "email"];
  const path = fc
    .array(fc.constantFrom(...names, "*"), { maxLength: 3 })
    .map((rest) => ["attributes", ...rest].join("."));
  const paths = fc.array(fc.oneof(path, fc.constantFrom("email", "userName", "displayName")), {
    maxLength: 3,
  });
  const anyRules: fc.Arbitrary<PrivacyRules> = fc
    .record({
      strict: fc.boolean(),
      keep: paths,
      drop: paths,
      mask: paths,
      hash: paths,
      key: fc.constant("${env:K}"),
    })
    .filter((given) => privacyFaults(given).length === 0);
  const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.nat().map((number) => `secret ${number}`),
      fc.constantFrom<JsonValue>(null, "", true, 7),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names), tie("value"), { maxKeys: 4 }),
    ),
  }));
  const anyDocument = fc
    .record({
      email: fc.constantFrom("secret mail", null),
      attributes: fc.dictionary(fc.constantFrom(...names), value),
    })
    .map(({ email, attributes }) => accountDocument({ id: "7", email }, attributes));

  it("applied twice they give what they gave once", () => {
    fc.assert(
      fc.property(anyRules, anyDocument, (given, document) => {
        const once = compilePrivacy(given, key);
        const left = once.document(document);
        expect(once.document(left)).toEqual(left);
        const raw = once.rejected(document.attributes);
        expect(once.rejected(raw)).toEqual(raw);
      }),
    );
  });

  it("no text survives whose every path is dropped, masked or digested", () => {
    fc.assert(
      fc.property(
        anyDocument,
        fc.constantFrom("drop", "mask", "hash"),
        fc.subarray(names),
        (document, action, some) => {
          const covered = some.map((name) => `attributes.${name}`);
          const left = compilePrivacy(rules({ [action]: [...covered, "email"] }), key).document(document);
          const others = Object.entries(document.attributes).filter(([name]) => !some.includes(name));
          expect(secretsIn(left).difference(secretsIn(Object.fromEntries(others)))).toEqual(new Set());
        },
      ),
    );
  });

  it("strict: whatever is left as it was lies at or below a path that is kept", () => {
    fc.assert(
      fc.property(anyRules, anyDocument, (given, document) => {
        const left = compilePrivacy({ ...given, strict: true }, key).document(document);
        const kept = given.keep.map((one) => one.split("."));
        for (const at of placesOf(left as unknown as JsonObject, []))
          expect(
            kept.some((one) => leadsTo(one, at)),
            at.join("."),
          ).toBe(true);
      }),
    );
  });
});

function secretsIn(value: object): Set<string> {
  return new Set(JSON.stringify(value).match(/secret \w+/g));
}

/** Where secrets stand in a document; places in lists are written as `0`. */
function placesOf(value: JsonValue, at: string[]): string[][] {
  if (typeof value === "string") return value.startsWith("secret") ? [at] : [];
  if (Array.isArray(value)) return value.flatMap((item) => placesOf(item, [...at, "0"]));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => placesOf(inner, [...at, name]));
}

/** Whether a path names a place or something above it; lists may be left out. */
function leadsTo([name, ...rest]: string[], [at, ...below]: string[]): boolean {
  if (name === undefined) return true;
  if (at === undefined) return false;
  if ((name === "*" || name === at) && leadsTo(rest, below)) return true;
  return at === "0" && leadsTo([name, ...rest], below);
}

describe("rules that cannot be meant", () => {
  it.each<[Partial<PrivacyRules>, string[]]>([
    [{ drop: ["attributes.ssn"], keep: ["attributes.department", "status"] }, []],
    [{ drop: ["attributes"], keep: ["attributes.a"], mask: ["attributes.*.b"] }, []],
    [{ drop: ["emial"] }, ["drop emial: an account has no member emial; did you mean email?"]],
    [
      { mask: ["attribute.ssn"] },
      ["mask attribute.ssn: an account has no member attribute; did you mean attributes.ssn?"],
    ],
    [
      { drop: ["nationalInsuranceNumber"] },
      [
        "drop nationalInsuranceNumber: an account has no member nationalInsuranceNumber; the upstream's own begin with attributes.",
      ],
    ],
    [{ drop: ["id"] }, ["drop id: id is the account's key: it always stays, in events and in the database"]],
    [{ drop: ["*"] }, ["drop *: an account has no member *; the upstream's own begin with attributes."]],
    [
      { drop: ["attributes..a"] },
      ["drop attributes..a: a path is written as names with dots between them, such as attributes.ssn"],
    ],
    [{ keep: ["email.domain"] }, ["keep email.domain: email is a single value, there is nothing below it"]],
    [{ mask: ["status"] }, ["mask status: consumers rely on what status can be: keep it or drop it"]],
    [
      { drop: ["attributes.ssn"], mask: ["attributes.ssn"] },
      ["mask attributes.ssn contradicts drop attributes.ssn: both are about the same member"],
    ],
    [
      { drop: ["attributes.*.b"], keep: ["attributes.a.*"] },
      ["keep attributes.a.* contradicts drop attributes.*.b: both are about the same member"],
    ],
    [{ hash: ["email"] }, ["key is missing: hash needs one, such as ${env:TIDEMARK_PRIVACY_KEY}"]],
    [{ hash: ["email"], key: "${file:privacy.key}" }, []],
    [
      { hash: ["email"], key: "secret" },
      ["key: it must be ${env:NAME} or ${file:path}: what is written here would be stored"],
    ],
  ])("%j", (given, faults) => {
    expect(privacyFaults(rules(given))).toEqual(faults);
  });
});

describe("the fingerprint of rules", () => {
  const given = rules({ drop: ["attributes.b", "attributes.a"], hash: ["email"] });
  const { fingerprint } = compilePrivacy(given, key);

  it("does not depend on the order in which they were written, nor on how the key is referred to", () => {
    const same = { ...given, drop: ["attributes.a", "attributes.b", "attributes.a"], key: "${env:K}" };
    expect(compilePrivacy(same, key).fingerprint).toBe(fingerprint);
  });

  it("is another for another rule, another mode and another key, and does not contain the key", () => {
    const others = [
      compilePrivacy({ ...given, strict: true }, key),
      compilePrivacy({ ...given, drop: ["attributes.b"] }, key),
      compilePrivacy({ ...given, drop: [], mask: given.drop }, key),
      compilePrivacy(given, "another key of that length"),
    ];
    expect(new Set([fingerprint, ...others.map((other) => other.fingerprint)]).size).toBe(5);
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });
});

it("the names of common members are those of a document", () => {
  expect(commonMembers).toContain("attributes");
  expect(commonMembers).toHaveLength(11);
});
