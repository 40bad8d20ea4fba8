/** Number of the type `text` in every Postgres. */
const textType = 25;
const headerBytes = 20;

/**
 * A parameter of type `text[]` in Postgres' binary format, which neither side has to escape or search for separators: sending a page costs
 * half of what it does as text.
 * @see https://github.com/postgres/postgres/blob/REL_18_STABLE/src/backend/utils/adt/arrayfuncs.c `array_recv`
 */
export function textArray(values: readonly (string | null)[]): Buffer {
  const lengths = values.map((value) => (value === null ? 0 : Buffer.byteLength(value)));
  const bytes = lengths.reduce((sum, length) => sum + 4 + length, headerBytes);
  const buffer = Buffer.allocUnsafe(bytes);
  const hasNulls = values.includes(null) ? 1 : 0;
  let at = 0;
  const dimensions = 1;
  const lowerBound = 1;
  for (const field of [dimensions, hasNulls, textType, values.length, lowerBound])
    at = buffer.writeInt32BE(field, at);
  values.forEach((value, index) => {
    at = buffer.writeInt32BE(value === null ? -1 : (lengths[index] ?? 0), at);
    if (value !== null) at += buffer.write(value, at);
  });
  return buffer;
}
