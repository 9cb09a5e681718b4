import { expect, it } from "vitest";
import { forget, offer, undoLast } from "./undos";

it("what was done last is undone first, and once; what is no longer offered is not", () => {
  const undone: string[] = [];
  for (const id of ["held", "taken", "asleep"]) offer(id, () => undone.push(id));
  forget("taken");
  for (let times = 0; times < 4; times++) undoLast();
  expect(undone).toEqual(["asleep", "held"]);
});
