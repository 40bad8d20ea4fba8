/** A count as people read it, with its noun where one is given: `1 item`, `1,200 items`, `1,200`. */
export function counted(count: number, noun?: string): string {
  const number = count.toLocaleString("en-US");
  if (noun === undefined) return number;
  return `${number} ${noun}${count === 1 ? "" : "s"}`;
}
