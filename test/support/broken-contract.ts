/** The feed is not what it promises to be; one sentence for each violation, which begins with the invariant that it breaks. */
export class BrokenContract extends Error {
  override name = "BrokenContract";
  readonly violations: readonly string[];

  constructor(violations: readonly string[]) {
    const shown = violations.slice(0, 20);
    const more = violations.length - shown.length;
    super(
      [`${violations.length} violations`, ...shown, ...(more > 0 ? [`… and ${more} more`] : [])].join("\n"),
    );
    this.violations = violations;
  }
}
