import type { Intent } from "../ports/store.ts";

/** An intent as anybody may see it: answers hold documents, which are for who has asked. */
export function withoutAnswer({ answer: _answer, ...intent }: Intent): Omit<Intent, "answer"> {
  return intent;
}
