import { describe, expect, it } from "vitest";
import { faultPlace } from "./faults";

describe("where a fault of a file is", () => {
  it.each([
    ["a cell", "line 7, column sku", { line: 7, column: "sku" }],
    ["a line", "line 12", { line: 12, column: null }],
    ["the whole file", "file", { line: null, column: null }],
  ])("%s", (_, pointer, place) => {
    expect(faultPlace(pointer)).toEqual(place);
  });
});
