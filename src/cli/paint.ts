import { styleText } from "node:util";

/** The colours that mean something: what needs a person, what does not go as usual, what is of no interest. */
const styles = { bad: "red", warn: "yellow", dim: "dim" } as const;

export type Shade = keyof typeof styles;

/** Colours a text, where it goes to a terminal and NO_COLOR is not set. It grows by what nobody sees: pad it before. */
export function paint(shade: Shade | null, text: string): string {
  return shade === null ? text : styleText(styles[shade], text, { stream: process.stdout });
}
