import { fitted } from "./fitted.ts";

/** Says why something is not done, and what to type. @returns the exit code */
export function refuse(why: string): number {
  console.error(fitted(`tidemark: ${why}`));
  return 1;
}

/** The same of what the owner of a source does not do, or would not. @returns the exit code */
export function refuseFor(source: string, outcome: string | null): number {
  return refuse(`${source}: ${outcome ?? ""}`);
}
