/** A fault that is put into a copy of the sources on purpose: some test must notice it. */
export interface Mutant {
  name: string;
  /** Which rule it breaks, one sentence. */
  breaks: string;
  /** From the root of the repository. */
  file: string;
  /** What is replaced by what, in this order. */
  edits: readonly (readonly [find: string, replacement: string])[];
  killer: Killer;
}

/** What is expected to notice: these test files, or the model within so many seeds. */
export type Killer = { tests: readonly string[] } | { seeds: number };

/**
 * The file's text with the fault in it.
 * @throws Error when what is to be replaced is not there exactly once: the code has moved, and the mutant must follow it.
 */
export function mutated(text: string, { name, file, edits }: Mutant): string {
  return edits.reduce((changed, [find, replacement]) => {
    const count = changed.split(find).length - 1;
    if (count !== 1) throw new Error(`mutant "${name}": ${file} has ${count} times, not once: ${find}`);
    return changed.replace(find, () => replacement);
  }, text);
}
