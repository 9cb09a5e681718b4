import type { Shapes } from "../../api/client";
import { rowsOf } from "../../model/typed";
import type { Row } from "../../ui/Form";

type Account = Shapes["Account"];
type Values = Readonly<Record<string, string>>;

export const CONNECTORS = [
  "webhook",
  "mondial_relay",
  "colissimo",
  "chronopost",
  "dpd",
  "gls",
  "ups",
  "dhl_express",
] as const satisfies readonly Account["connector"][];

export const FORMATS = ["pdf", "zpl", "png"] as const;

/** A mapping as lines of two, in the order of its keys. */
export function pairs(known: Readonly<Record<string, string>>): Row[] {
  return Object.entries(known)
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([key, value]) => ({ key, value }));
}

function mapping(typed: string | undefined): Record<string, string> {
  return Object.fromEntries(
    rowsOf(typed).map(({ key = "", value = "" }) => [key.trim(), value.trim()]),
  );
}

/** What the form of an account says of it; what it does not show stays as it was. */
export function accountOf(code: string, given: Values, before: Account): Account {
  return {
    ...before,
    code,
    connector: given.connector as Account["connector"],
    url: (given.url ?? "").trim(),
    services: mapping(given.services),
    settings: mapping(given.settings),
    secrets: mapping(given.secrets),
    sender: {
      name: given.sender_name ?? "",
      street: given.sender_street ?? "",
      phone: given.sender_phone ?? "",
      email: given.sender_email ?? "",
      tax_number: given.sender_tax_number ?? "",
    },
    label_format: given.label_format as Account["label_format"],
    does_rate: given.does_rate === "true",
    is_active: given.is_active === "true",
  };
}
