import { seededRandom } from "../random.ts";

/** A source in SailPoint's sense: a system whose accounts SailPoint aggregates. */
export interface AggregatedSource {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly type: string;
  readonly authoritative: boolean;
  readonly connectionType: string;
  readonly features: readonly string[];
  readonly owner: { readonly type: "IDENTITY"; readonly id: string; readonly name: string };
}

const HR = { name: "HR", description: "Workday employees", type: "Workday", authoritative: true };
const DIRECTORY = {
  name: "Active Directory",
  description: "Corporate directory",
  type: "Active Directory - Direct",
  authoritative: false,
};
const GITHUB = { name: "GitHub", description: "Source code hosting", type: "GitHub", authoritative: false };

/** The three sources of every simulated tenant; their ids depend on the seed. */
export function sourcesOf(seed: number): readonly AggregatedSource[] {
  return [HR, DIRECTORY, GITHUB].map((source, index) => {
    const random = seededRandom(seed, index, 0x50);
    return {
      ...source,
      id: `2c9180${random.hex(26)}`,
      connectionType: "direct",
      features: ["PROVISIONING", "SYNC_PROVISIONING", "ENABLE", "UNLOCK", "SEARCH"],
      owner: { type: "IDENTITY", id: `2c9180${random.hex(26)}`, name: "Ines Petrov" },
    };
  });
}
