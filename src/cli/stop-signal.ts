/**
 * A signal that is aborted when the process is asked to stop: SIGINT, SIGTERM, or the end of the parent that holds its IPC channel.
 * A second SIGINT ends the process at once.
 */
export function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  const stop = () => stopping.abort(new Error("asked to stop"));
  process.once("SIGTERM", stop);
  process.once("disconnect", stop);
  // Listening to it must not keep a process alive that has nothing left to do.
  process.channel?.unref();
  process.on("SIGINT", () => {
    if (stopping.signal.aborted) process.exit(130);
    stop();
  });
  return stopping.signal;
}
