import { Select } from "@mantine/core";
import { useSearchParams } from "react-router";
import { api, asked } from "../../api/client";
import { useLive } from "../../api/live";
import { useMe, useNow } from "../../app/me";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { usePages } from "../../ui/pages";
import { Badge } from "../../ui/parts";
import { Sparkline, shareEnds } from "../../ui/Sparkline";
import { type Column, Table } from "../../ui/Table";
import { HEARD, KEYS } from "./asking";
import { feedState, type Standing } from "./model";
import { Share } from "./parts";
import { partnersWords } from "./words";

const KINDS = ["supplier", "printer", "third_party", "marketplace", "digital"] as const;
const PAGE = 50;

/** Partners whose stock is sold, each with the figures that matter, its feed and what is open. */
export function Suppliers() {
  const say = useWords(partnersWords);
  const { can } = useMe();
  const [query, setQuery] = useSearchParams();
  const kind = KINDS.find((one) => one === query.get("kind"));
  useLive(HEARD, KEYS, can("events.read"));
  const pages = usePages(["partners", "standings", kind], (cursor) =>
    asked(
      api.GET("/v1/scorecards", {
        params: { query: { kind: kind ? [kind] : undefined, cursor, limit: PAGE } },
      }),
    ),
  );
  return (
    <div className="stack">
      <Select
        className="search-box"
        size="sm"
        aria-label={say("kind")}
        value={kind ?? ""}
        onChange={(value) => setQuery(value ? { kind: value } : {}, { replace: true })}
        data={[
          { value: "", label: say("any") },
          ...KINDS.map((value) => ({ value, label: say(value) })),
        ]}
        allowDeselect={false}
        comboboxProps={{ transitionProps: { duration: 0 } }}
      />
      <Table
        list="suppliers"
        label={say("suppliers")}
        columns={useColumns()}
        pages={pages}
        rowKey={(row) => row.partner}
        to={(row) => `/partners/of/${row.partner}`}
        empty={say("listEmpty")}
      />
    </div>
  );
}

function useColumns(): Column<Standing>[] {
  const say = useWords(partnersWords);
  const format = useFormat();
  const { me } = useMe();
  return [
    {
      key: "partner",
      head: say("partner"),
      cell: (row) => (
        <span className="two-lines">
          <b>{row.name}</b>
          <span className="hint">
            <span className="code">{row.partner}</span> · {say(row.kind)}{" "}
            {!row.is_active && <Badge>{say("inactive")}</Badge>}
          </span>
        </span>
      ),
    },
    {
      key: "fill",
      head: say("fill"),
      isNumber: true,
      cell: ({ card }) => (
        <Share share={card.fill_rate} change={card.trend.fill_rate} isMoreBetter />
      ),
    },
    { key: "trend", head: say("trend"), cell: (row) => <FillTrend row={row} /> },
    {
      key: "late",
      head: say("late"),
      isNumber: true,
      cell: ({ card }) => (
        <Share share={card.late_share} change={card.trend.late_share} isMoreBetter={false} />
      ),
    },
    {
      key: "refused",
      head: say("refused"),
      isNumber: true,
      cell: ({ card }) => (
        <Share share={card.refused_share} change={card.trend.refused_share} isMoreBetter={false} />
      ),
    },
    {
      key: "cost",
      head: say("cost"),
      isNumber: true,
      cell: ({ card }) => format.money(card.cost_cents_a_unit, me.currency),
    },
    {
      key: "trust",
      head: say("trust"),
      isNumber: true,
      cell: ({ card }) => format.percent(card.trust),
    },
    { key: "feed", head: say("feed"), cell: (row) => <FeedCell row={row} /> },
    {
      key: "open",
      head: say("open"),
      cell: (row) =>
        row.breaches > 0 ? (
          <Badge meaning="late">
            {say("openHint", { count: row.breaches, money: format.sums(row.risk_money) })}
          </Badge>
        ) : (
          <span className="hint">{say("none")}</span>
        ),
    },
  ];
}

function FillTrend({ row }: { row: Standing }) {
  const say = useWords(partnersWords);
  const format = useFormat();
  const shares = row.weeks.map(({ fill_rate }) => fill_rate);
  const said = shares.map((share) => format.percent(share)).join(", ");
  return <Sparkline values={shares} ends={shareEnds(shares)} label={`${say("fill")}: ${said}`} />;
}

function FeedCell({ row }: { row: Standing }) {
  const say = useWords(partnersWords);
  const format = useFormat();
  const now = useNow();
  const state = feedState(row);
  const waiting = row.last_feed?.waiting ?? 0;
  const ago = row.heard?.heard_at ? format.ago(row.heard.heard_at, now) : "";
  return (
    <span className="two-lines">
      <span>
        {state === "silent" && <Badge meaning="late">{say("silent")}</Badge>}{" "}
        {ago ? say("heardAgo", { ago }) : <span className="hint">{say(state)}</span>}
      </span>
      {waiting > 0 && (
        <span>
          <Badge meaning="soon">{say("waits", { count: waiting })}</Badge>
        </span>
      )}
    </span>
  );
}
