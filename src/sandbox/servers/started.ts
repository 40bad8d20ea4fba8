/** One server that answers. */
export interface Started<Address> {
  readonly address: Address;
  /** Ends it where it was started here; can be repeated. */
  stop(): Promise<void>;
}
