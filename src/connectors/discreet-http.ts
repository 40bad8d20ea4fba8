import type { Http } from "../ports/http.ts";
import { withoutFragments } from "./redact-fragments.ts";

/** A client whose redaction also knows secrets that turn up on the way, such as tokens. */
export interface DiscreetHttp extends Http {
  /** From now on these texts are in no error and no log. */
  hide(...secrets: readonly string[]): void;
}

/** The same client, able to learn further secrets. */
export function discreetHttp(http: Http): DiscreetHttp {
  const secrets = new Set<string>();
  return {
    request: (request) => http.request(request),
    redact: (text) => http.redact(withoutFragments(text, [...secrets])),
    hide(...more) {
      for (const secret of more) secrets.add(secret);
    },
  };
}
