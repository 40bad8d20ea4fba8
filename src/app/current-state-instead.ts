/** What to do where old events cannot be published again. @param source Its name; null: the events of all sources were meant. */
export function currentStateInstead(source: string | null): string {
  return source === null
    ? "Bring the current state instead with tidemark snapshot, of one source after another. They are: tidemark source list"
    : `Bring the current state instead: tidemark snapshot ${source}`;
}
