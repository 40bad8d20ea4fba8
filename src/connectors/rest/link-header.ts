const link = /<([^>]*)>((?:[^,"]|"[^"]*")*)/g;
const parameter = /;\s*([\w*-]+)\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/g;

/** The address of the next page in a `Link` header, or null where it names none. @see RFC 8288 */
export function nextLink(header: string | undefined): string | null {
  for (const [, address = "", parameters = ""] of (header ?? "").matchAll(link)) {
    for (const [, name = "", quoted, plain] of parameters.matchAll(parameter)) {
      const relations = (quoted ?? plain ?? "").toLowerCase().split(/\s+/);
      if (name.toLowerCase() === "rel" && relations.includes("next")) return address;
    }
  }
  return null;
}
