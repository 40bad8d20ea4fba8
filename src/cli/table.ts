import { shortened } from "./shortened.ts";

const gap = "  ";
/** No column gets narrower. */
const narrowestColumn = 6;

/** Rows as columns, padded. Where they do not fit, the widest give way: a name loses its middle, what is in the last column its end. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], width = 80): string {
  const last = head.length - 1;
  const all = [head, ...rows];
  const widths = fitting(
    head.map((_name, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0))),
    width - last * gap.length,
  );
  const cellOf = (cell: string, column: number) => {
    const most = widths[column] ?? 0;
    return column === last ? cut(cell, most) : shortened(cell, most).padEnd(most);
  };
  return all.map((cells) => cut(cells.map(cellOf).join(gap).trimEnd(), width)).join("\n");
}

/** Takes from the widest until all of them fit. */
function fitting(widths: readonly number[], width: number): number[] {
  const given = [...widths];
  for (;;) {
    const widest = Math.max(...given);
    if (given.reduce((sum, one) => sum + one, 0) <= width || widest <= narrowestColumn) return given;
    given[given.lastIndexOf(widest)] = widest - 1;
  }
}

function cut(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}
