/** A page of rows, of which one more than its limit was asked for: what is shown, and whether there are older ones. */
export function pageOf<Row>(rows: readonly Row[], limit: number): { shown: Row[]; hasOlder: boolean } {
  return { shown: rows.slice(0, limit), hasOlder: rows.length > limit };
}
