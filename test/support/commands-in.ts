const word = String.raw`(?:<\w+>|-{0,2}\w[\w:-]*(?:\.\w+)*)`;
const commandLine = new RegExp(String.raw`\btidemark (${word}(?: ${word})*)`, "g");

/** Command lines in a sentence, without `tidemark`, and with the name of a source in the place of `<source>`. */
export function commandsIn(text: string): string[] {
  return [...text.matchAll(commandLine)].map(([, words = ""]) => words.replaceAll(/<\w+>/g, "acme-hr"));
}
