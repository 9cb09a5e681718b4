import { Link } from "react-router";
import { useNow } from "../../app/me";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { Deadline } from "../../ui/parts";
import type { Column } from "../../ui/Table";
import { type ExceptionRow, idOf, subjectLink } from "./model";
import { exceptionsWords } from "./words";

/** What an exception is, where, since when, for how long still, and what is at risk: the same on every page. */
export function useExceptionColumns(): Column<ExceptionRow>[] {
  const say = useWords(exceptionsWords);
  const format = useFormat();
  const now = useNow();
  return [
    {
      key: "what",
      head: say("what"),
      isWide: true,
      cell: (row) => (
        <span className="two-lines">
          <b>{row.name}</b>
          <span>
            <Subject row={row} /> <span className="hint">{row.detail}</span>
          </span>
        </span>
      ),
    },
    { key: "node", head: say("node"), cell: (row) => row.node ?? "—" },
    {
      key: "since",
      head: say("since"),
      cell: (row) => (
        <span className="two-lines">
          {format.ago(row.since, now)}{" "}
          <span className="hint is-whole">{format.moment(row.since)}</span>
        </span>
      ),
    },
    {
      key: "due",
      head: say("due"),
      cell: (row) => <Deadline at={row.due_at} now={now} />,
    },
    {
      key: "money",
      head: say("money"),
      isNumber: true,
      cell: (row) => format.money(row.money_cents, row.currency),
    },
  ];
}

function Subject({ row }: { row: ExceptionRow }) {
  const to = subjectLink(row);
  const id = <span className="code">{idOf(row.subject)}</span>;
  return to ? <Link to={to}>{id}</Link> : id;
}
