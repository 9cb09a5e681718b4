import { expect, it } from "vitest";
import { signOf } from "./format";

it.each([
  ["fr", "EUR", "€", false],
  ["en", "EUR", "€", true],
  ["fr", "CHF", "CHF", false],
] as const)(
  "writes the sign of a currency where its reader does: %s %s",
  (language, currency, sign, isFirst) => {
    expect(signOf(language, currency)).toEqual({ sign, isFirst });
  },
);
