/** The sandbox cannot go on, and its message, one sentence, says what a person has to do. */
export class SandboxError extends Error {
  override name = "SandboxError";
}
