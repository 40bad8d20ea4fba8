import { SourceHaltedError } from "../core/errors.ts";

/** Whether the upstream does not accept what was asked, as opposed to who asks or when. */
export function isRejectedRequest(error: unknown): boolean {
  return error instanceof SourceHaltedError && error.code === "TIDEMARK_UPSTREAM_REJECTED_REQUEST";
}

/**
 * Reads the page at an upstream's own cursor.
 * @param cursor null for the first page. @returns null when the upstream does not accept its cursor any more.
 */
export async function unlessCursorIsRefused<Page>(
  cursor: string | null,
  read: (cursor: string | null) => Promise<Page>,
): Promise<Page | null> {
  try {
    return await read(cursor);
  } catch (error) {
    if (cursor !== null && isRejectedRequest(error)) return null;
    throw error;
  }
}
