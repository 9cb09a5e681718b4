import { expect, it } from "vitest";
import { readHidden, staying } from "./columns";

it.each([
  ["nothing kept", null, {}],
  ["no JSON", "{", {}],
  ["no object", "3", {}],
  ["a list that is none", '{"orders": 3, "stock": ["value"]}', { stock: ["value"] }],
])("what was kept is read, or is nothing: %s", (_, kept, found) => {
  expect(readHidden(kept)).toEqual(found);
});

it("the first column says what a row is, and stays", () => {
  const columns = [{ key: "who" }, { key: "age" }, { key: "value" }];
  expect(staying(columns, ["who", "value"]).map(({ key }) => key)).toEqual(["who", "age"]);
});
