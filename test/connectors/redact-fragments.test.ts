import * as fc from "fast-check";
import { expect, test } from "vitest";
import { withoutFragments } from "../../src/connectors/redact-fragments.ts";

test.each([
  ["as it is", "token=hunter2-hunter2 is bad", ["hunter2-hunter2"], "token=*** is bad"],
  [
    "shortened in its middle",
    "input_value='abcdefghij...qrstuvwxyz'",
    ["abcdefghijklmnopqrstuvwxyz"],
    "input_value='***...***'",
  ],
  [
    "in JSON, lines escaped",
    String.raw`"key":"MIIEvQIBADANBg\nkqhkiG9w0BAQEF\n"`,
    ["MIIEvQIBADANBg\nkqhkiG9w0BAQEF\n"],
    '"key":"***"',
  ],
  [
    "in JSON without characters beyond ASCII",
    String.raw`{"p": "p\u00e4ssw\u00f6rd!"}`,
    ["pässwörd!"],
    '{"p": "***"}',
  ],
  ["URL-encoded", "?secret=a%20b%2Fc%3Dd%26e", ["a b/c=d&e"], "?secret=***"],
  ["short", "the password is pa55", ["pa55"], "the password is ***"],
  ["twice", "s3cr3t-s3cr3t and s3cr3t-s3cr3t", ["s3cr3t-s3cr3t"], "*** and ***"],
  ["so short that it is none", "a user of eu", ["eu"], "a user of eu"],
  ["not at all", "no such tenant", ["something-else"], "no such tenant"],
  ["overlapping another", "xx-12345678-abcdefgh-yy", ["12345678-ab", "abcdefgh-yy"], "xx-***"],
])("a secret that is there %s", (_how, text, secrets, clean) => {
  expect(withoutFragments(text, secrets)).toBe(clean);
});

test("no eight characters in a row of any secret are left, and nothing else is touched", () => {
  const anyText = fc.string({ maxLength: 40 });
  fc.assert(
    fc.property(
      fc.string({ minLength: 8, maxLength: 40 }),
      anyText,
      anyText,
      fc.nat(32),
      (secret, before, after, cut) => {
        const part = secret.slice(Math.min(cut, secret.length - 8));
        const clean = withoutFragments(`${before}${part}${after}`, [secret]);
        // Where stars meet what is around them something may arise that was not there.
        for (const piece of clean.split("***")) {
          for (let at = 0; at + 8 <= secret.length; at++)
            expect(piece).not.toContain(secret.slice(at, at + 8));
        }
        const withoutStars = (text: string) => text.replaceAll("*", "");
        expect(withoutStars(before).startsWith(withoutStars(clean.split("***")[0] ?? ""))).toBe(true);
      },
    ),
  );
});
