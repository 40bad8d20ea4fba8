const longestText = 500;

/**
 * Takes the secrets of a source out of any text, also in the forms in which they travel (URL-encoded, form-encoded),
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
      .trim();
    return clean.length > longestText ? `${clean.slice(0, longestText)}…` : clean;
  };
}
