import type { ContractSubject, ContractUpstream } from "./contract-subject.ts";
import type { Trial } from "./trial.ts";

/** One case of the contract, before it is known whether it applies. */
export interface ContractRule {
  /** A sentence about the connector. */
  name: string;
  /** How many accounts the upstream has; as many as make three pages when left out. */
  accounts?: number;
  /** Why it cannot be tried with this subject, or null. */
  whyNot?(subject: ContractSubject): string | null;
  run(trial: Trial, subject: ContractSubject): Promise<void>;
}

/** For what concerns polls. */
export function whyNoPolls({ connector, settings }: ContractSubject): string | null {
  const checked = connector.checkSettings(settings("http://127.0.0.1:1"));
  return connector.canPoll(checked) ? null : "the connector cannot poll";
}

/** For what needs an ability of the simulated service. */
export function whyWithout(
  ability: "isTokenRequest" | "withoutItems" | "editItems" | "wordMember",
): (subject: { upstream: ContractUpstream }) => string | null {
  return ({ upstream }) => (upstream[ability] === undefined ? `\`upstream.${ability}\` is left out` : null);
}
