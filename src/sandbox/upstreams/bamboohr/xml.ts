import type { ChangeList } from "./changed.ts";

const PROLOGUE = '<?xml version="1.0"?>\n';

/** The feed of changes as it is sent to whoever does not ask for JSON. */
export function changeListXml({ latest, employees }: ChangeList): string {
  const entries = employees.map(({ id, action, lastChanged }) =>
    element("employee", { id, action, lastChanged }),
  );
  return `${PROLOGUE}${element("employees", { latest }, entries.join(""))}`;
}

export function employeeXml(employee: Readonly<Record<string, unknown>>): string {
  return `${PROLOGUE}${employeeElement(employee)}`;
}

export function reportXml(title: string, employees: readonly Readonly<Record<string, unknown>>[]): string {
  return `${PROLOGUE}${element("report", { title }, element("employees", {}, employees.map(employeeElement).join("")))}`;
}

function employeeElement({ id, ...fields }: Readonly<Record<string, unknown>>): string {
  const inner = Object.entries(fields).map(([name, value]) =>
    element("field", { id: name }, escaped(value ?? "")),
  );
  return element("employee", { id }, inner.join(""));
}

function element(name: string, attributes: Readonly<Record<string, unknown>>, inner = ""): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`);
  return `<${name}${written.join("")}>${inner}</${name}>`;
}

function escaped(value: unknown): string {
  return String(value).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
