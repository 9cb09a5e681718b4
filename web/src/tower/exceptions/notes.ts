import { api, asked, newId, Problem, problemOf, type Shapes } from "../../api/client";
import { AT_ONCE, type ExceptionRow, slices } from "./model";

export type Note = Partial<Shapes["NoteBody"]>;

export function note(row: ExceptionRow, body: Note, id = newId("note")) {
  return asked(
    api.PUT("/v1/exception-notes/{note_id}", {
      params: { path: { note_id: id } },
      body: { kind: row.kind, subject: row.subject, ...body } as Shapes["NoteBody"],
    }),
  );
}

/** What became of many notes: of which rows they were written down, and why not of the others. */
export interface Noted {
  rows: readonly ExceptionRow[];
  refused: readonly Problem[];
}

/** Write a note about each; where none is taken, the first refusal is thrown. */
export async function noteEach(
  rows: readonly ExceptionRow[],
  body: (row: ExceptionRow) => Note,
): Promise<Noted> {
  const done: ExceptionRow[] = [];
  const refused: Problem[] = [];
  for (const some of slices(rows, AT_ONCE)) {
    try {
      const { items } = await noteSome(some, body);
      items.forEach(({ status, problem }, index) => {
        if (status < 400) done.push(some[index] as ExceptionRow);
        else refused.push(problemOf(problem, status));
      });
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      refused.push(...some.map(() => problem));
    }
  }
  if (done.length === 0 && refused[0]) throw refused[0];
  return { rows: done, refused };
}

function noteSome(rows: readonly ExceptionRow[], body: (row: ExceptionRow) => Note) {
  const items = rows.map((row) => ({
    id: newId("note"),
    kind: row.kind,
    subject: row.subject,
    ...body(row),
  }));
  return asked(api.POST("/v1/exception-notes/batch", { body: { items } as Shapes["NoteBatch"] }));
}
