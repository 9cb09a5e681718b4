import { describe, expect, it } from "vitest";
import { codesOf } from "./codes";
import { centsOf, numberOf } from "./typed";

describe("what is typed", () => {
  it.each([
    ["nothing is nothing known", "", null],
    ["a comma is a point", "12,5", 12.5],
    ["blanks do not count", " 7 ", 7],
  ])("%s", (_, typed, number) => {
    expect(numberOf(typed)).toBe(number);
  });
  it("is an amount in cents, without a hair of floating point", () => {
    expect(centsOf("1,10")).toBe(110);
    expect(centsOf("0.29")).toBe(29);
  });
  it("is codes, however they are set apart", () => {
    expect(codesOf("PAR, LYS;NCE\n")).toEqual(["PAR", "LYS", "NCE"]);
  });
});
