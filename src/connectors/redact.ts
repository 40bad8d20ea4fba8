const longestText = 500;
/** What upstreams quote most of an account. */
const mailAddress = /[^\s"'<>()[\]{},;:=/?&]+@[^\s"'<>()[\]{},;:=/?&]+/g;

/**
 * Takes the secrets of a source out of any text, also in the forms in which they travel (URL-encoded, form-encoded), and mail addresses,
 * and makes it one line of at most 500 characters.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = secrets
    .filter((secret) => secret !== "")
    .flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      new URLSearchParams({ s: secret }).toString().slice(2),
    ])
    // The longest first: a secret that contains another must not leave its rest behind.
    .sort((left, right) => right.length - left.length);
  return (text) => {
    const clean = forms
      .reduce((rest, form) => rest.replaceAll(form, "***"), text)
      .replaceAll(/\s+/g, " ")
      .trim()
      // More than is shown, so that no address is cut; and not all, since this search takes its time.
      .slice(0, 2 * longestText)
      .replaceAll(mailAddress, "***");
    return clean.length > longestText ? `${clean.slice(0, longestText)}…` : clean;
  };
}
