import { expect, test } from "vitest";
import { chosenIn, filled, lineOf, typedOver } from "./lines";

const NEW = lineOf({ sku: "", quantity: "1", cost: "0.00" });
const MUG = { value: "mug", label: "Mug", fills: { cost: "4.00", pack: "1" } };
const CUP = { value: "cup", label: "Cup", fills: { cost: "2.00", pack: "6" } };

test("what is learnt late fills what nobody typed over", () => {
  const line = typedOver(chosenIn(NEW, "sku", MUG), { cost: "3.80" });
  const { cells } = filled(line, { cost: "3.50", pack: "12", minimum: "24" });
  expect(cells).toMatchObject({ sku: "mug", cost: "3.80", pack: "12", minimum: "24" });
  const emptied = typedOver(line, { cost: "" });
  expect(filled(emptied, { cost: "3.50" }).cells.cost).toBe("3.50");
});

test("what was typed before anything was chosen stays; of another thing it is not true", () => {
  const line = chosenIn(typedOver(NEW, { cost: "9.00" }), "sku", MUG);
  expect(line.cells).toMatchObject({ sku: "mug", "sku label": "Mug", cost: "9.00", pack: "1" });
  expect(chosenIn(line, "sku", CUP).cells).toMatchObject({ sku: "cup", cost: "2.00", pack: "6" });
});

test("a choice that is emptied chooses nothing, and what was typed of it is not of the next", () => {
  const line = typedOver(chosenIn(NEW, "sku", MUG), { cost: "3.80" });
  const emptied = chosenIn(line, "sku", null);
  expect(emptied.cells).toMatchObject({ sku: "", "sku label": "", cost: "3.80" });
  expect(chosenIn(emptied, "sku", CUP).cells.cost).toBe("2.00");
});
