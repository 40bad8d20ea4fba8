/** What the owner of a source says of its upstream, which it has asked for the first page of a pass. */
export type UpstreamCheck = {
  tookMs: number;
  /** null when the page came. */
  failure: UpstreamFailure | null;
};

/** The error that an upstream, or the way to it, gave as an answer. */
export type UpstreamFailure = { code: string; message: string; whatToDo: string };
