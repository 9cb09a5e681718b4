import type { paths } from "./schema";

/** What the server answers to a question, by the address as its description writes it. */
export type Answer<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { "application/json": infer Body } } } };
}
  ? Body
  : never;

/** Answers that a server has given; its tests write them, and `answers.test.ts` reads them. */
export type Answers = { [Path in keyof paths]?: readonly Answer<Path>[] };
