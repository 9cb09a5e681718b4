import { Problem, type Shapes, send } from "../../api/client";
import { wishes } from "../../model/wish";
import { type ExceptionRow, filled } from "./model";

type Proposal = Shapes["Proposal"];

/** What was carried out about an exception, under which id of ours. */
export interface Done {
  row: ExceptionRow;
  id: string;
  /** When it is done by itself, of what is only asked for. */
  nextAt?: string;
}

/** What became of many: what was carried out, and why the others were not. */
export interface Outcome {
  done: readonly Done[];
  refused: readonly Problem[];
}

/** So many calls are under way at once. */
const ABREAST = 4;

const wish = wishes("remedy");

export function carryOut(row: ExceptionRow): Promise<Done> {
  const proposal = row.proposal as Proposal;
  return wish(
    async (id) => {
      const said = (await send(filled(proposal, id))) as { next_at?: string } | undefined;
      return { row, id, nextAt: said?.next_at };
    },
    JSON.stringify([row.key, proposal]),
  );
}

export async function takeBack({ row, id }: Done): Promise<Done> {
  if (row.proposal?.undo) await send(filled(row.proposal.undo, id));
  return { row, id };
}

/** Carry out what is proposed for each, each answered for itself; where none is, that is thrown. */
export function carryOutEach(rows: readonly ExceptionRow[]): Promise<Outcome> {
  return each(rows, carryOut);
}

/** Take back each that was carried out, each answered for itself as well. */
export function takeBackEach({ done }: Outcome): Promise<Outcome> {
  return each(done, takeBack);
}

async function each<T>(all: readonly T[], act: (one: T) => Promise<Done>): Promise<Outcome> {
  const done: Done[] = [];
  const refused: Problem[] = [];
  await abreast(all, async (one) => {
    try {
      done.push(await act(one));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      refused.push(problem);
    }
  });
  if (done.length === 0 && refused[0]) throw refused[0];
  return { done, refused };
}

async function abreast<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  const left = [...all];
  const worker = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: ABREAST }, worker));
}
