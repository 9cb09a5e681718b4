import { Link, useParams } from "react-router";
import { api, asked } from "../../api/client";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { usePages } from "../../ui/pages";
import { Badge, PageHead } from "../../ui/parts";
import { type Column, Table } from "../../ui/Table";
import { useTurnouts } from "./asking";
import type { Turnout } from "./model";
import { Believed, TopicShare, Weeks } from "./parts";
import { partnersWords } from "./words";

/** Carriers by how many parcels came late, and how their servers answer. */
export function CarrierList() {
  const say = useWords(partnersWords);
  const columns: Column<Turnout>[] = [
    { key: "carrier", head: say("carrier"), cell: (row) => <b>{row.name}</b> },
    ...useParcelColumns(),
  ];
  return (
    <div className="stack">
      <h2>{say("carriersList")}</h2>
      <p className="hint">
        {say("lastWeeks")} · {say("measured")}
      </p>
      <Table
        list="carriers"
        label={say("carriersList")}
        columns={columns}
        pages={useTurnouts({ by: "carrier" })}
        rowKey={(row) => row.key}
        to={(row) => `/partners/carriers/${encodeURIComponent(row.key)}`}
        empty={say("carriersEmpty")}
      />
      <Health />
    </div>
  );
}

/** One carrier by lane: where its parcels come late. */
export function OneCarrier() {
  const say = useWords(partnersWords);
  const { carrier = "" } = useParams();
  const columns: Column<Turnout>[] = [
    {
      key: "lane",
      head: say("lane"),
      cell: (row) => (
        <span className="two-lines">
          <b>{say("laneOf", { node: row.node, area: row.area })}</b>
          <span className="hint">{row.name}</span>
        </span>
      ),
    },
    ...useParcelColumns(),
  ];
  return (
    <>
      <PageHead
        title={carrier}
        answer={say("carrierAnswer")}
        side={<Link to="/partners/carriers">{say("carriersBack")}</Link>}
      />
      <div className="stack">
        <h2>{say("lanes")}</h2>
        <p className="hint">{say("lastWeeks")}</p>
        <Table
          list="lanes-of-carriers"
          label={say("lanes")}
          columns={columns}
          pages={useTurnouts({ by: "lane", carrier })}
          rowKey={(row) => row.key}
          empty={say("lanesEmpty")}
        />
      </div>
    </>
  );
}

/** What is told of parcels, of a carrier or of a lane. */
function useParcelColumns(): Column<Turnout>[] {
  const say = useWords(partnersWords);
  const format = useFormat();
  return [
    {
      key: "onTime",
      head: say("onTime"),
      isNumber: true,
      cell: (row) => <TopicShare of={row} topic="transit" />,
    },
    { key: "trend", head: say("trend"), cell: (row) => <Weeks of={row} /> },
    {
      key: "parcels",
      head: say("parcels"),
      isNumber: true,
      cell: (row) => format.number(row.topics.transit?.units),
    },
    {
      key: "late",
      head: say("lateParcels"),
      isNumber: true,
      cell: (row) => (row.topics.transit ? format.number(row.late) : "—"),
    },
    {
      key: "sound",
      head: say("sound"),
      isNumber: true,
      cell: (row) => <TopicShare of={row} topic="condition" />,
    },
    {
      key: "believed",
      head: say("believed"),
      isNumber: true,
      cell: (row) => <Believed of={row} />,
    },
  ];
}

interface AccountHealth {
  account: string;
  failures: number;
  closed_until: string | null;
}

function Health() {
  const say = useWords(partnersWords);
  const format = useFormat();
  const pages = usePages(["partners", "carrier-health"], (cursor) =>
    asked(api.GET("/v1/carrier-health", { params: { query: { cursor, limit: 50 } } })),
  );
  const columns: Column<AccountHealth>[] = [
    { key: "account", head: say("carrier"), cell: (row) => <code>{row.account}</code> },
    {
      key: "state",
      head: say("state"),
      cell: (row) =>
        row.failures > 0 ? (
          <Badge meaning={row.closed_until ? "late" : "soon"}>
            {say("failures", { count: row.failures })}
          </Badge>
        ) : (
          say("answers")
        ),
    },
    {
      key: "until",
      head: "",
      cell: (row) => row.closed_until && say("closed", { at: format.moment(row.closed_until) }),
    },
  ];
  return (
    <>
      <h2>{say("health")}</h2>
      <Table
        list="carrier-health"
        label={say("health")}
        columns={columns}
        pages={pages}
        rowKey={(row) => row.account}
        empty={say("healthEmpty")}
      />
    </>
  );
}
