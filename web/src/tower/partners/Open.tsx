import { Link } from "react-router";
import type { Shapes } from "../../api/client";
import { useNow } from "../../app/me";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { type Column, Table } from "../../ui/Table";
import { idOf, subjectLink } from "../exceptions/model";
import { partnersWords } from "./words";

interface OpenTableProps {
  label: string;
  pages: Parameters<typeof Table<Shapes["ExceptionRow"]>>[0]["pages"];
}

/** Exceptions about partners, each with a way to what it is about. */
export function OpenTable({ label, pages }: OpenTableProps) {
  const say = useWords(partnersWords);
  const format = useFormat();
  const now = useNow();
  const columns: Column<Shapes["ExceptionRow"]>[] = [
    {
      key: "what",
      head: say("what"),
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
          {format.ago(row.since, now)} <span className="hint">{format.moment(row.since)}</span>
        </span>
      ),
    },
    {
      key: "money",
      head: say("money"),
      isNumber: true,
      cell: (row) => format.money(row.money_cents, row.currency ?? undefined),
    },
  ];
  return (
    <Table
      label={label}
      columns={columns}
      pages={pages}
      rowKey={(row) => row.key}
      empty={say("breachesEmpty")}
    />
  );
}

/** An order's page for a leg, a feed's for a feed, a partner's for who is silent. */
function Subject({ row }: { row: Shapes["ExceptionRow"] }) {
  const id = idOf(row.subject);
  const [type] = row.subject.split(":");
  const to =
    type === "feed"
      ? `/partners/feeds/${id}`
      : type === "partner"
        ? `/partners/of/${id}`
        : subjectLink(row);
  const said = <span className="code">{id}</span>;
  return to ? <Link to={to}>{said}</Link> : said;
}
