import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { Act } from "../../ui/Act";
import { confirmed, type Deed } from "../../ui/Deeds";
import { type ExceptionRow, ofMany } from "./model";
import { carryOut, carryOutEach, type Outcome, takeBack, takeBackEach } from "./remedies";
import { exceptionsWords } from "./words";

const KEYS = [["exceptions"], ["orders"], ["order"], ["today"]];

/** The proposed action, one call: what it will do is said before it is done. */
export function useRemedy(row: ExceptionRow): Deed[] {
  const say = useWords(exceptionsWords);
  const format = useFormat();
  const { proposal } = row;
  if (!proposal) return [];
  return [
    confirmed({
      label: proposal.label,
      confirm: proposal.does,
      act: () => carryOut(row),
      done: ({ nextAt }) => {
        const said = say("carriedOut", { label: proposal.label });
        return nextAt ? say("andByItself", { said, at: format.clock(nextAt) }) : said;
      },
      undo: proposal.undo ? takeBack : undefined,
      stale: KEYS,
    }),
  ];
}

interface RemedyForAllProps {
  rows: readonly ExceptionRow[];
  done: () => void;
}

/** The same action for all of these: each is one call, and is answered for itself. */
export function RemedyForAll({ rows, done }: RemedyForAllProps) {
  const say = useWords(exceptionsWords);
  const first = rows[0]?.proposal;
  if (!first) return null;
  const told = (said: string, outcome: Outcome) =>
    ofMany(said, outcome.done.length, outcome.refused, say);
  return (
    <Act
      label={say("forAll", { label: first.label, count: rows.length })}
      confirm={say("eachOf", { does: first.does, count: rows.length })}
      act={() => carryOutEach(rows)}
      done={(outcome) => {
        done();
        return told(say("carriedOut", { label: first.label }), outcome);
      }}
      undo={first.undo ? takeBackEach : undefined}
      undone={(outcome) => told(say("undone"), outcome)}
      stale={KEYS}
    />
  );
}
