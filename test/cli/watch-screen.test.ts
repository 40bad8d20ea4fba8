import { expect, test } from "vitest";
import { pictures } from "../../src/cli/watch-screen.ts";

function screen(isTTY: boolean, rows = 6) {
  let written = "";
  const out = { isTTY, rows, write: (text: string) => ((written += text), true) };
  return {
    screen: pictures(out),
    /** What was written since the last look; the movements of the terminal named. */
    look() {
      const seen = written
        .replaceAll("\u001B[H", "<home>")
        .replaceAll("\u001B[K", "")
        .replaceAll("\u001B[J", "<clear>");
      written = "";
      return seen;
    },
  };
}

test("on a terminal one picture takes the place of the other, and is cut to its height", () => {
  const { screen: terminal, look } = screen(true);
  terminal.show("a\nb");
  expect(look()).toBe("<home>a\nb\n<clear>");
  terminal.show("1\n2\n3\n4\n5");
  expect(look()).toBe("<home>1\n2\n3\n4\n5\n<clear>");
  terminal.show("1\n2\n3\n4\n5\n6");
  expect(look()).toBe("<home>1\n2\n3\n4\n… and 2 more lines\n<clear>");
});

test("elsewhere it is one block after the other, without any movement", () => {
  const { screen: pipe, look } = screen(false);
  pipe.show("a\nb");
  pipe.show("c");
  expect(look()).toBe("a\nb\n\nc\n\n");
});

test("while the database is away a terminal keeps the last picture and its age, and a pipe gets one line", () => {
  const { screen: terminal, look } = screen(true);
  terminal.away(null);
  expect(look()).toBe("<home>the database does not answer\n<clear>");
  terminal.show("a");
  look();
  terminal.away(4_000);
  expect(look()).toBe("<home>the database does not answer; this is how it was 4s ago\n\na\n<clear>");
  const pipe = screen(false);
  pipe.screen.show("a");
  pipe.look();
  pipe.screen.away(4_000);
  expect(pipe.look()).toBe("the database does not answer; this is how it was 4s ago\n");
});
