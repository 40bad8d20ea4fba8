/** npm passes on what the terminal has already sent: that is not a second Ctrl-C. */
const echoMs = 1_000;

/**
 * A signal that is aborted when the process is asked to stop: SIGINT, SIGTERM, the end of the parent that holds its IPC channel,
 * or that nobody reads its output any more (`| head`).
 * A second SIGINT, a while later, ends the process at once.
 */
export function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  const stop = () => stopping.abort(new Error("asked to stop"));
  process.on("SIGTERM", stop);
  process.once("disconnect", stop);
  process.stdout.on("error", stop);
  // Listening to it must not keep a process alive that has nothing left to do.
  process.channel?.unref();
  let interruptedAtMs = Number.POSITIVE_INFINITY;
  process.on("SIGINT", () => {
    if (performance.now() - interruptedAtMs > echoMs) process.exit(130);
    interruptedAtMs = Math.min(interruptedAtMs, performance.now());
    stop();
  });
  return stopping.signal;
}
