import { expect, test, vi } from "vitest";

vi.stubGlobal("window", { location: { origin: "http://localhost" } });
const { Problem } = await import("../api/client");
const { wishes } = await import("./wish");

const cases = [
  ["nobody answered: it may have been done", 0, true],
  ["a server that broke may have done it", 500, true],
  ["a refusal: nothing was done", 422, false],
  ["an answer: it was done", 200, false],
] as const;

test.each(cases)("%s (%i)", async (_, status, isSame) => {
  const wish = wishes("hold");
  const sent: string[] = [];
  const act = async (id: string) => {
    sent.push(id);
    if (status !== 200) throw new Problem("code", status, "", "");
  };
  await wish(act).catch(() => undefined);
  await wish(act).catch(() => undefined);
  expect(sent[0] === sent[1]).toBe(isSame);
});

test("two things wished at one place are two", async () => {
  const wish = wishes("remedy");
  const silent = async (id: string) => {
    sent.push(id);
    throw new Problem("no-answer", 0, "", "");
  };
  const sent: string[] = [];
  await wish(silent, "one").catch(() => undefined);
  await wish(silent, "other").catch(() => undefined);
  expect(sent[0]).not.toBe(sent[1]);
});
