import { errorTable, isErrorCode } from "./error-table.ts";
import { TidemarkError } from "./errors.ts";

/** What to do, with the name of the source that it concerns. */
export function whatToDoFor(whatToDo: string, source: string): string {
  return whatToDo.replaceAll("<source>", source);
}

/** What to do about a stored error code of a source; null: it is none of this version's, or there is none. */
export function whatToDoAbout(code: string | null, source: string): string | null {
  return code !== null && isErrorCode(code) ? whatToDoFor(errorTable[code].whatToDo, source) : null;
}

/** What is made for a source. @returns a text when it throws a `TidemarkError`: why it does, and what to do. */
export function orWhyNot<Made>(make: () => Made, source: string): Made | string {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    return `${error.message}. ${whatToDoFor(error.whatToDo, source)}`;
  }
}
