const INSTANT =
  /^(?<local>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:Z|(?<hours>[+-]\d{2}):?(?<minutes>\d{2}))$/u;

/** An instant as BambooHR writes it: whole seconds, with `+00:00`. */
export function secondsText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}+00:00`;
}

/** An instant in one of the five forms that BambooHR reads, in milliseconds; undefined for anything else. */
export function parseInstant(text: string): number | undefined {
  const groups = INSTANT.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { local, hours, minutes } = groups;
  const atMs = Date.parse(`${local ?? ""}${hours === undefined ? "Z" : `${hours}:${minutes ?? ""}`}`);
  return Number.isNaN(atMs) ? undefined : atMs;
}
