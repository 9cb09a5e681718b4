import { SegmentedControl, TextInput } from "@mantine/core";
import { Link } from "react-router";
import { api, asked, type Shapes } from "../../../api/client";
import { useFormat } from "../../../model/format";
import { useWords } from "../../../model/words";
import { useFilters } from "../../../ui/filters";
import { PAGE_ROWS, usePages } from "../../../ui/pages";
import { PageHead, Stat } from "../../../ui/parts";
import { type Column, Table } from "../../../ui/Table";
import { Parts } from "./Parts";
import { listWords } from "./words";

const BY = ["node", "state", "grade", "sku"] as const;
type By = (typeof BY)[number];
type Line = Shapes["ValueLine"];

/** What stock is worth, by node, state, condition or SKU, now or when a day was over. */
export function Value() {
  const say = useWords(listWords);
  const format = useFormat();
  const [query, set] = useFilters();
  const by = BY.find((one) => one === query.get("by")) ?? "node";
  const day = query.get("day") ?? "";
  const at = day ? new Date(`${day}T23:59:59`).toISOString() : undefined;
  const ask = (cursor?: string) =>
    asked(api.GET("/v1/stock-value", { params: { query: { by, at, cursor, limit: PAGE_ROWS } } }));
  const pages = usePages<Line, Shapes["StockValue"]>(["value", by, day], ask, { keeps: true });
  const first = pages.isPlaceholderData ? undefined : pages.data?.pages[0];
  const columns: Column<Line>[] = [
    { key: "key", head: say(`by_${by}`), cell: (row) => <Key by={by} of={row.key} /> },
    {
      key: "units",
      head: say("units"),
      isNumber: true,
      cell: (row) => format.number(row.units),
    },
    {
      key: "worth",
      head: say("worth"),
      isNumber: true,
      cell: (row) => format.money(row.value_cents, row.currency),
    },
    ...(by === "grade"
      ? [
          {
            key: "now",
            head: say("worthNow"),
            isNumber: true,
            cell: (row: Line) => format.money(row.worth_cents, row.currency),
          },
        ]
      : []),
  ];
  return (
    <>
      <PageHead
        title={say("value")}
        answer={say("valueAnswer")}
        side={
          <TextInput
            size="sm"
            type="date"
            label={say("at")}
            value={day}
            onChange={(event) => set("day", event.currentTarget.value)}
          />
        }
      />
      <Parts />
      <div className="stats">
        {(first?.totals ?? []).map((total) => (
          <Stat
            key={total.currency}
            label={`${say("totals")} · ${day ? format.day(day) : say("today")}`}
            value={format.money(total.value_cents, total.currency)}
            hint={[
              say("unitsOf", { count: total.units, units: format.number(total.units) }),
              say("bookedTo", { when: format.moment(first?.booked.at) }),
            ].join(" · ")}
          />
        ))}
      </div>
      <SegmentedControl
        className="above-table"
        size="xs"
        aria-label={say("by")}
        value={by}
        onChange={(value) => set("by", value)}
        data={BY.map((value) => ({ value, label: say(`by_${value}`) }))}
      />
      <Table
        label={say("value")}
        columns={columns}
        pages={pages}
        rowKey={(row) => `${row.key} ${row.currency}`}
        empty={say("valueEmpty")}
      />
    </>
  );
}

const STATES = ["available", "reserved", "hold", "damaged", "in_transit", "returning"] as const;

function Key({ by, of }: { by: By; of: string }) {
  const say = useWords(listWords);
  if (by === "node") return <Link to={`/stock/nodes/${of}`}>{of}</Link>;
  if (by === "sku") return <Link to={`/stock/${of}`}>{of}</Link>;
  const state = STATES.find((one) => one === of);
  if (state) return say(state);
  return of || say("ungraded");
}
