import { expect, test } from "vitest";
import { byteSize, byteSizeText } from "../../src/core/byte-size.ts";

test.each<[string, number | null]>([
  ["500MB", 500_000_000],
  ["50 GB", 50_000_000_000],
  ["1.5TB", 1_500_000_000_000],
  ["50", null],
  ["50gb", null],
  ["-1GB", null],
  ["GB", null],
])("%s is %s bytes", (text, bytes) => {
  expect(byteSize(text)).toBe(bytes);
});

test.each<[number, string]>([
  [0, "0 MB"],
  [1_540_000, "1.5 MB"],
  [310_400_000, "310 MB"],
  [50_000_000_000, "50 GB"],
  [1_500_000_000_000, "1.5 TB"],
])("%s bytes are %s", (bytes, text) => {
  expect(byteSizeText(bytes)).toBe(text);
});
