/**
 * What a command has printed without what differs from run to run: numbers, times, ages and spans in whatever unit they are, the marks of cursors, and how
 * far and how fast something is. Lines stay lines, all other words stay as they are.
 */
export function masked(text: string): string {
  return text
    .split("\n")
    .map(maskedLine)
    .filter((line) => line !== "")
    .join("\n");
}

function maskedLine(line: string): string {
  return (
    line
      // the marks of cursors
      .replaceAll(/\b[0-9a-f]{8}\b/g, "0")
      .replaceAll(/\d[\d,.:TZ-]*/g, "0")
      .replaceAll(/<?\b0 ?(ms|s|m|h|d|min)\b/g, "0 s")
      // an age of less than a second is "now", and not "now ago"
      .replaceAll(/\b(just )?now\b/g, "0 s")
      .replaceAll(/\b0 s ago\b/g, "0 s")
      // and what is less than a second ahead is due
      .replaceAll(/\bnext in 0 s\b/g, "due 0 s")
      // Speed and what is left are told as soon as they are known.
      .replaceAll(/\[[#-]+\]/g, "[]")
      .replaceAll(/ +0\/s\b| +0 s left\b/g, "")
      .replaceAll(/ +/g, " ")
      .trim()
  );
}
