/** Pieces shorter than this tell nothing, and would take ordinary words out of every text. */
const pieceLength = 8;
const shortestSecret = 4;

/**
 * Takes out of a text whatever it shares with these secrets, in pieces of 8 characters and more: a vendor that echoes a request may
 * shorten the values in it, break or escape their lines, so that no secret is there as a whole. Secrets of 4 to 7 characters are only found whole.
 */
export function withoutFragments(text: string, secrets: readonly string[]): string {
  const isHidden = new Uint8Array(text.length);
  for (const secret of new Set(secrets.flatMap(formsOf))) hide(text, secret, isHidden);
  let clean = "";
  for (let at = 0; at < text.length; at++) {
    if (isHidden[at] === 0) clean += text[at];
    else if (isHidden[at - 1] !== 1) clean += "***";
  }
  return clean;
}

function hide(text: string, secret: string, isHidden: Uint8Array): void {
  if (secret.length < shortestSecret) return;
  const length = Math.min(pieceLength, secret.length);
  const pieces = new Set<string>();
  for (let at = 0; at + length <= secret.length; at++) pieces.add(secret.slice(at, at + length));
  for (let at = 0; at + length <= text.length; at++) {
    if (pieces.has(text.slice(at, at + length))) isHidden.fill(1, at, at + length);
  }
}

/** A secret as it may be written: as it is, URL-encoded, and as JSON with and without characters beyond ASCII. */
function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret.toWellFormed()).slice(1, -1);
  const ascii = json.replaceAll(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return [secret, encodeURIComponent(secret.toWellFormed()), json, ascii];
}
