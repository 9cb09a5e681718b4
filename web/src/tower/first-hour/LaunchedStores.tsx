import { useState } from "react";
import { api, asked, type Shapes } from "../../api/client";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { PAGE_ROWS, usePages } from "../../ui/pages";
import { type Column, Table } from "../../ui/Table";
import { CRITERIA, writtenAs } from "./model";
import { firstHourWords } from "./words";

type Store = Shapes["LaunchedStore"];

/** Which of the stores does well, and which does not: asked for once somebody wants to know. */
export function LaunchedStores({ network }: { network: string }) {
  const say = useWords(firstHourWords);
  const [isOpen, open] = useState(false);
  return (
    <details onToggle={(event) => open(event.currentTarget.open)}>
      <summary>{say("eachStore")}</summary>
      {isOpen && <Stores network={network} />}
    </details>
  );
}

function Stores({ network }: { network: string }) {
  const say = useWords(firstHourWords);
  const format = useFormat();
  const pages = usePages<Store>(["launches", network, "stores"], (cursor) =>
    asked(
      api.GET("/v1/launches/{network}/stores", {
        params: { path: { network }, query: { cursor, limit: PAGE_ROWS } },
      }),
    ),
  );
  const columns: Column<Store>[] = [
    { key: "node", head: say("store"), isWide: true, cell: (row) => `${row.node} · ${row.name}` },
    ...CRITERIA.map((criterion) => ({
      key: criterion,
      head: say(`c_${criterion}`),
      isNumber: true,
      cell: (row: Store) => (
        <span className={row.missed.includes(criterion) ? "late" : undefined}>
          {row.missed.includes(criterion) && <span className="unseen">{say("notMet")} </span>}
          {writtenAs(criterion, row.measures[criterion], format)}
          {row.missed.includes(criterion) && <span aria-hidden="true"> ○</span>}
        </span>
      ),
    })),
  ];
  return (
    <Table
      label={say("eachStore")}
      columns={columns}
      pages={pages}
      rowKey={(row) => row.node}
      to={(row) => `/network/nodes/${row.node}`}
      empty={say("storesEmpty")}
    />
  );
}
