/** Where a pass shows that it gets on, for the watchdog that ends it when it does not. */
export interface SignsOfLife {
  /** Something was answered, read or committed. */
  show(): void;
  /** Waits for something whose end is known, such as the source's turn in a budget: that is no silence, however long it takes. */
  during<T>(wait: Promise<T>): Promise<T>;
}
