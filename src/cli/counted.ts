/** A count as people read it, with its noun and its verb where they are given: `1 item`, `1,200 items`, `1,200`; `1 item waits`, `2 items wait`. */
export function counted(count: number, noun?: string, verb?: string): string {
  const number = count.toLocaleString("en-US");
  if (noun === undefined) return number;
  const [many, one] = count === 1 ? ["", "s"] : ["s", ""];
  return `${number} ${noun}${many}${verb === undefined ? "" : ` ${verb}${one}`}`;
}
