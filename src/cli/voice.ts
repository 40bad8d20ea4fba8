/** Tells a person what happens: a line at every step, and a dot for every second of waiting. */
export interface Voice {
  say(line: string): void;
  /** Shows that something goes on until `work` is over. */
  during<T>(work: Promise<T>): Promise<T>;
}

const longestSilenceMs = 1_000;

export function voice(out: { write(text: string): unknown } = process.stdout): Voice {
  let spokenAtMs = performance.now();
  let hasDots = false;
  const write = (text: string, isDot: boolean) => {
    out.write(text);
    hasDots = isDot;
    spokenAtMs = performance.now();
  };

  return {
    say: (line) => write(`${hasDots ? "\n" : ""}${line}\n`, false),
    async during(work) {
      const ticking = setInterval(() => {
        if (performance.now() - spokenAtMs >= longestSilenceMs) write(".", true);
      }, longestSilenceMs / 10);
      try {
        return await work;
      } finally {
        clearInterval(ticking);
      }
    },
  };
}
