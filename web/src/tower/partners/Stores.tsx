import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { type Column, Table } from "../../ui/Table";
import { useTurnouts } from "./asking";
import type { Turnout } from "./model";
import { Believed, TopicShare, Weeks } from "./parts";
import { partnersWords } from "./words";

/** Stores by how many of their parcels left late. */
export function Stores() {
  const say = useWords(partnersWords);
  const format = useFormat();
  const columns: Column<Turnout>[] = [
    {
      key: "store",
      head: say("store"),
      cell: (row) => (
        <span className="two-lines">
          <b>{row.name}</b>
          <span className="hint code">{row.key}</span>
        </span>
      ),
    },
    {
      key: "departed",
      head: say("departed"),
      isNumber: true,
      cell: (row) => <TopicShare of={row} topic="departure" />,
    },
    { key: "trend", head: say("trend"), cell: (row) => <Weeks of={row} /> },
    {
      key: "departures",
      head: say("departures"),
      isNumber: true,
      cell: (row) => format.number(row.topics.departure?.units),
    },
    {
      key: "late",
      head: say("late"),
      isNumber: true,
      cell: (row) => (row.topics.departure ? format.number(row.late) : "—"),
    },
    {
      key: "picked",
      head: say("pickedShare"),
      isNumber: true,
      cell: (row) => <TopicShare of={row} topic="pick" />,
    },
    {
      key: "believed",
      head: say("believed"),
      isNumber: true,
      cell: (row) => <Believed of={row} />,
    },
  ];
  return (
    <div className="stack">
      <h2>{say("storesList")}</h2>
      <p className="hint">
        {say("lastWeeks")} · {say("measured")}
      </p>
      <Table
        list="stores"
        label={say("storesList")}
        columns={columns}
        pages={useTurnouts({ by: "node", kind: ["store", "dark_store"] })}
        rowKey={(row) => row.key}
        empty={say("storesEmpty")}
      />
    </div>
  );
}
