import { type Finding, fault, fine, warning } from "../../core/finding.ts";
import type { UpstreamCheck } from "../../core/upstream-check.ts";
import { whatToDoFor } from "../../core/what-to-do.ts";

/** What became of the question to one source's upstream; null: its owner has not answered in time. */
export interface CheckedUpstream {
  source: string;
  check: UpstreamCheck | null;
}

/** What is told of the upstreams. @param unasked Sources that were too many to be asked at once. */
export function upstreamFindings(
  checked: readonly CheckedUpstream[],
  unasked: readonly string[] = [],
): Finding[] {
  const [next] = unasked;
  return [
    ...checked.map(findingOf),
    ...(next === undefined
      ? []
      : [
          warning("upstreams", {
            message: `${unasked.length} more were not asked`,
            whatToDo: `Ask them one by one: tidemark doctor --source ${next}`,
          }),
        ]),
  ];
}

function findingOf({ source: subject, check }: CheckedUpstream): Finding {
  if (check === null)
    return fault("upstreams", {
      subject,
      message: "its owner did not answer in time, so the upstream could not be asked",
      whatToDo: "Look at the worker that owns its shard: tidemark status",
    });
  const { failure, tookMs } = check;
  if (failure === null) return fine("upstreams", `it answers, in ${tookMs} ms`, subject);
  const { code, message } = failure;
  const trouble = { subject, message, whatToDo: whatToDoFor(failure.whatToDo, subject) };
  return code === "TIDEMARK_UPSTREAM_THROTTLED" ? warning("upstreams", trouble) : fault("upstreams", trouble);
}
