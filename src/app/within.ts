import { type CodeOf, RetryableError } from "../core/errors.ts";
import type { Clock } from "../ports/clock.ts";

/** What came of a question: its answer, or why there is none. */
export type Outcome<T> = { answer: T } | { error: unknown };

/** Who is asked, as in `the database`, how long it may take, and the code of its silence. */
export interface Asked {
  who: string;
  limitMs: number;
  code: CodeOf<"retry">;
}

const silence = Symbol("silence");

/** Waits for an answer, but no longer than that: it never throws. */
export async function within<T>(
  { who, limitMs, code }: Asked,
  answering: Promise<T>,
  clock: Clock,
): Promise<Outcome<T>> {
  const isOver = new AbortController();
  const outOfTime = clock.sleep(limitMs, isOver.signal).then((): typeof silence => silence);
  try {
    const answer = await Promise.race([answering, outOfTime]);
    if (answer !== silence) return { answer };
    return { error: new RetryableError(code, `${who} did not answer within ${limitMs / 1_000} s`) };
  } catch (error) {
    return { error };
  } finally {
    isOver.abort();
  }
}
