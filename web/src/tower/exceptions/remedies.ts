import { newId, Problem, type Shapes, send } from "../../api/client";
import { type ExceptionRow, filled } from "./model";

type Proposal = Shapes["Proposal"];

/** What was carried out about an exception, under which id of ours. */
export interface Done {
  row: ExceptionRow;
  id: string;
}

/** What became of many: what was carried out, and why the others were not. */
export interface Outcome {
  done: readonly Done[];
  refused: readonly Problem[];
}

/** So many calls are under way at once. */
const ABREAST = 4;

export async function carryOut(row: ExceptionRow): Promise<Done> {
  const id = newId("remedy");
  await send(filled(row.proposal as Proposal, id));
  return { row, id };
}

export async function takeBack({ row, id }: Done): Promise<unknown> {
  return row.proposal?.undo && send(filled(row.proposal.undo, id));
}

/** Carry out what is proposed for each, each answered for itself; where none is, that is thrown. */
export async function carryOutEach(rows: readonly ExceptionRow[]): Promise<Outcome> {
  const done: Done[] = [];
  const refused: Problem[] = [];
  await abreast(rows, async (row) => {
    try {
      done.push(await carryOut(row));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      refused.push(problem);
    }
  });
  if (done.length === 0 && refused[0]) throw refused[0];
  return { done, refused };
}

export function takeBackEach({ done }: Outcome): Promise<unknown> {
  return abreast(done, takeBack);
}

async function abreast<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  const left = [...all];
  const worker = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: ABREAST }, worker));
}
