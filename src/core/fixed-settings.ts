/** What a source was created with and keeps: its accounts, its cursor and its place depend on it. */
export interface FixedSettings {
  name: string;
  connector: string;
  group: string | null;
}

/** A source as it is. */
export interface FixedSource extends FixedSettings {
  isRemoved: boolean;
}

/** What contradicts the source as it is, one sentence each. */
export function fixedSettingFaults(wanted: FixedSettings, before: FixedSource): string[] {
  if (before.isRemoved)
    return [
      `sources.${wanted.name}: was removed, and consumers still have its accounts; give the new feed a name of its own`,
    ];
  const faults: string[] = [];
  if (wanted.connector !== before.connector) {
    faults.push(
      `sources.${wanted.name}.connector: is ${before.connector} and cannot become ${wanted.connector}; give the new feed a name of its own`,
    );
  }
  if (wanted.group !== before.group)
    faults.push(`sources.${wanted.name}.group: is ${before.group ?? "not set"} and cannot be changed yet`);
  return faults;
}
