import { WriteStream } from "node:tty";
import { afterEach, expect, test, vi } from "vitest";
import { paint } from "../../src/cli/paint.ts";

const { isTTY, getColorDepth } = process.stdout;
afterEach(() => {
  Object.assign(process.stdout, { isTTY, getColorDepth });
  vi.unstubAllEnvs();
});

/** Takes the standard output for a terminal with colours. */
function onTerminal(env: Record<string, string> = {}): void {
  Object.assign(process.stdout, { isTTY: true, getColorDepth: WriteStream.prototype.getColorDepth });
  for (const name of ["NO_COLOR", "NODE_DISABLE_COLORS", "FORCE_COLOR", "CI"]) vi.stubEnv(name, env[name]);
  vi.stubEnv("TERM", "xterm-256color");
}

test("a terminal gets colours", () => {
  onTerminal();
  expect(paint("bad", "halted")).toBe("\u001B[31mhalted\u001B[39m");
  expect(paint(null, "idle")).toBe("idle");
});

test("one with NO_COLOR does not", () => {
  onTerminal({ NO_COLOR: "1" });
  expect(paint("bad", "halted")).toBe("halted");
});

test("what is no terminal does not", () => {
  onTerminal();
  process.stdout.isTTY = false;
  expect(paint("bad", "halted")).toBe("halted");
});
