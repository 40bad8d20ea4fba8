import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { tokenSeal } from "../../src/connectors/token-seal.ts";
import { ConfigError, SourceHaltedError } from "../../src/core/errors.ts";

const newKey = () => randomBytes(32).toString("base64");
const label = "https://acme.example/token client";
const [old, young] = [newKey(), newKey()];

test("what is sealed is opened again, and shows nothing of itself", () => {
  const seal = tokenSeal(old);
  const sealed = seal.seal('{"refreshToken":"ünïque"}', label);
  expect(sealed).toMatch(/^[0-9a-f]+$/);
  expect(Buffer.from(sealed, "hex").toString("latin1")).not.toContain("refresh");
  expect(seal.open(sealed, label)).toBe('{"refreshToken":"ünïque"}');
});

test("the same text is sealed differently each time", () => {
  const seal = tokenSeal(old);
  const sealed = Array.from({ length: 100 }, () => seal.seal("same", label));
  expect(new Set(sealed).size).toBe(100);
});

test("the first key seals, every key opens", () => {
  const before = tokenSeal(old).seal("before", label);
  const both = tokenSeal(` ${young}, ${old} `);
  expect(both.open(before, label)).toBe("before");
  const after = both.seal("after", label);
  expect(tokenSeal(young).open(after, label)).toBe("after");
  expect(haltOf(() => tokenSeal(old).open(after, label))).toContain("put that key back");
});

test("a key that is gone is named as the reason, with what to do", () => {
  const reason = haltOf(() => tokenSeal(young).open(tokenSeal(old).seal("text", label), label));
  expect(reason).toContain(label);
  expect(reason).toContain("not in TIDEMARK_TOKEN_KEY: put that key back");
  expect(reason).toContain("authorise anew");
});

test("a change of any byte is noticed", () => {
  const seal = tokenSeal(old);
  const bytes = Buffer.from(seal.seal("text", label), "hex");
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    // The first eight bytes say which key it was.
    const why = at < 8 ? "sealed with a key that is not in" : "somebody has changed table token";
    expect(haltOf(() => seal.open(changed.toString("hex"), label))).toContain(why);
  }
});

test.each([0, 7, 8, 19, 20, 35, 36])("a row that was cut to %i bytes is not opened", (length) => {
  const seal = tokenSeal(old);
  const cut = seal.seal("text", label).slice(0, 2 * length);
  expect(haltOf(() => seal.open(cut, label))).toMatch(/key that is not in|somebody has changed/);
});

test("a row that was copied to another grant is not opened", () => {
  const seal = tokenSeal(old);
  const sealed = seal.seal("text", label);
  expect(haltOf(() => seal.open(sealed, `${label} 2`))).toContain("somebody has changed table token");
});

test.each([undefined, "", " ", ","])("without a key (%j) it says which variable to set, and how", (keys) => {
  const seal = tokenSeal(keys);
  for (const use of [() => seal.demandKey(), () => seal.seal("text", label), () => seal.open("00", label)]) {
    expect(haltOf(use)).toContain("TIDEMARK_TOKEN_KEY is not set; make a key with: openssl rand -base64 32");
  }
});

test("every key that is none is a fault of the configuration, told without showing it", () => {
  const short = randomBytes(16).toString("base64");
  const hex = randomBytes(32).toString("hex");
  const faults = faultsOf(() => tokenSeal(`${old},${short},${hex},`));
  expect(faults).toEqual(
    [2, 3, 4].map(
      (number) =>
        `TIDEMARK_TOKEN_KEY: key ${number} is not 32 bytes as base64; make a key with: openssl rand -base64 32`,
    ),
  );
});

/** The sentence of the halt that this ends with; it shows no key. */
function haltOf(use: () => unknown): string {
  const error = thrownBy(use);
  expect(error).toBeInstanceOf(SourceHaltedError);
  expect(error).toMatchObject({ code: "TIDEMARK_SOURCE_SETTINGS" });
  const told = String(error);
  expect([old, young].filter((key) => told.includes(key))).toEqual([]);
  return told;
}

function faultsOf(use: () => unknown): readonly string[] {
  const error = thrownBy(use);
  if (error instanceof ConfigError) return error.faults;
  throw error;
}

function thrownBy(use: () => unknown): unknown {
  try {
    use();
  } catch (error) {
    return error;
  }
  throw new Error("it was accepted");
}
