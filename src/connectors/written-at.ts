/** The time by the clock that wrote an answer, which what it says is relative to; ours when it does not tell. */
export function writtenAtMs(headers: Record<string, string>, nowMs: number): number {
  const writtenMs = Date.parse(headers["date"] ?? "");
  return Number.isNaN(writtenMs) ? nowMs : writtenMs;
}
