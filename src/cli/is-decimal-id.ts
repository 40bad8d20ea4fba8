/** Whether a text is a number such as the database gives to its rows and events: from 1, and never beyond a `bigint`. */
export function isDecimalId(text: string): boolean {
  return /^[1-9]\d{0,17}$/.test(text);
}
