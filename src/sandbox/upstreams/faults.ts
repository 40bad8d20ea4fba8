import type { Fault, InjectedFault } from "./protocol.ts";

/** The faults that were injected into one upstream and what is left of them. */
export interface Faults {
  /** @throws SyntaxError when `path` is no regular expression. */
  readonly inject: (fault: Fault) => InjectedFault;
  list(): InjectedFault[];
  clear(): void;
  /** The fault that strikes this request, at most one: the oldest that matches and is not used up. */
  strike(pathAndQuery: string): Fault | undefined;
}

interface Injected {
  readonly id: number;
  readonly fault: Fault;
  readonly path: RegExp;
  spared: number;
  struck: number;
}

export function injectedFaults(): Faults {
  let injected: Injected[] = [];
  let ids = 0;

  function inject(fault: Fault): InjectedFault {
    const path = new RegExp(fault.path ?? "", "u");
    ids += 1;
    const entry: Injected = { id: ids, fault, path, spared: 0, struck: 0 };
    injected.push(entry);
    return shown(entry);
  }

  function strike(pathAndQuery: string): Fault | undefined {
    for (const entry of injected) {
      if (entry.struck >= (entry.fault.times ?? 1) || !entry.path.test(pathAndQuery)) continue;
      if (entry.spared < (entry.fault.after ?? 0)) {
        entry.spared += 1;
        continue;
      }
      entry.struck += 1;
      return entry.fault;
    }
    return undefined;
  }

  return {
    inject,
    list: () => injected.map(shown),
    clear: () => {
      injected = [];
    },
    strike,
  };
}

function shown({ id, fault, struck }: Injected): InjectedFault {
  return { ...fault, id, struck };
}
