const unitBytes = { MB: 1e6, GB: 1e9, TB: 1e12 } as const;

/** Bytes of a size with its unit, such as `500MB`, `50GB`, `1.5TB`; null for anything else. */
export function byteSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?) ?(MB|GB|TB)$/.exec(text.trim());
  if (match === null) return null;
  return Math.round(Number(match[1]) * unitBytes[match[2] as keyof typeof unitBytes]);
}

/** The same for a person, with one digit behind the point where that says more: `1.5 GB`, `310 MB`, `0 MB`. */
export function byteSizeText(bytes: number): string {
  const [unit, size] =
    bytes >= 1e12 ? (["TB", 1e12] as const) : bytes >= 1e9 ? (["GB", 1e9] as const) : (["MB", 1e6] as const);
  const count = bytes / size;
  return `${count < 10 && count % 1 >= 0.05 ? count.toFixed(1) : Math.round(count)} ${unit}`;
}
