/** The widest that a column other than the last gets: the others must find a place, too. */
const widestColumn = 24;

/** Rows as columns, padded; what is too long is cut, so that no line exceeds `width`. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], width = 80): string {
  const last = head.length - 1;
  const fitted = [head, ...rows].map((cells) =>
    cells.map((cell, column) => (column === last ? cell : cut(cell, widestColumn))),
  );
  const widths = head.map((_name, column) => Math.max(...fitted.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => (column === last ? cell : cell.padEnd(widths[column] ?? 0))).join("  ");
  return fitted.map((cells) => cut(line(cells).trimEnd(), width)).join("\n");
}

function cut(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}
