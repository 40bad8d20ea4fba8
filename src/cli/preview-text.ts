import type { Preview } from "../core/preview.ts";
import { counted } from "./counted.ts";
import { table } from "./table.ts";
import { wrap } from "./wrap.ts";

/** What a source would publish, as text of at most 80 columns. */
export function previewText(name: string, preview: Preview): string {
  const { kind, pages, observed, isWhole, inserted, updated, deleted, unchanged, events } = preview;
  const published = inserted + updated + deleted;
  const read = `read ${counted(pages, "page")} of a ${kind}, ${counted(observed, "observation")}`;
  const facts = [
    `${name}: ${read}${isWhole ? "" : "; there is more to read"}`,
    `  would publish ${counted(published, "event")}: ${inserted} inserted, ${updated} updated, ${deleted} deleted`,
    `  ${unchanged} unchanged`,
    ...preview.holds.map(({ accounts, detail }) =>
      wrap(`${counted(accounts, "change")} would wait for a person: ${detail}`, "  "),
    ),
    ...(preview.rejected === 0
      ? []
      : [
          wrap(
            `${counted(preview.rejected, "item")} would go into quarantine: ${preview.reasons.join("; ")}`,
            "  ",
          ),
        ]),
    ...(preview.halts === null ? [] : [wrap(`the source would halt: ${preview.halts}`, "  ")]),
    ...(kind === "sweep" ? ["  what a whole sweep would not see is not told"] : []),
  ];
  const list = table(
    ["EVENT", "VERSION", "ACCOUNT", "CHANGED"],
    events.map(({ op, version, id, changed }) => [op, String(version), id, changed.join(", ")]),
  );
  const more = published - events.length;
  return [
    facts.join("\n"),
    ...(events.length === 0 ? [] : [more > 0 ? `${list}\nand ${more} more` : list]),
    "nothing was stored and nothing was published",
  ].join("\n\n");
}
