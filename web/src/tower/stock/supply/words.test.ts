import { expect, it } from "vitest";
import { sayer, startWords } from "../../../model/words";
import { supplyWords } from "./words";

it.each([
  ["fr", 1, ["1 déjà venue", "1 attendue", "1 en est déjà venue."]],
  ["fr", 2, ["2 déjà venues", "2 attendues", "2 en sont déjà venues."]],
  ["en", 1, ["1 has come", "1 expected", "1 of it has come already."]],
] as const)("in %s, %i is said in its own number", async (language, units, said) => {
  await startWords(language);
  const say = sayer(supplyWords);
  const values = { count: units, units };
  expect((["came", "due", "tooFew"] as const).map((key) => say(key, values))).toEqual(said);
});
