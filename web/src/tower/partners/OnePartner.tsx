import { TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { api, asked, Problem, type Shapes } from "../../api/client";
import { useLive } from "../../api/live";
import { useMe, useNow } from "../../app/me";
import { span, useFormat } from "../../model/format";
import { useLanguage, useWords } from "../../model/words";
import { Panel } from "../../ui/Panel";
import { usePages } from "../../ui/pages";
import { Badge, FiguresTable, PageHead, Stat } from "../../ui/parts";
import { Sparkline, shareEnds } from "../../ui/Sparkline";
import { type Column, Table } from "../../ui/Table";
import { HEARD, KEYS, useFeeds, useOpen } from "./asking";
import { earlier, meaningOfChange, meaningOfFeed, SHARES, type Standing } from "./model";
import { OpenTable } from "./Open";
import { partnersWords } from "./words";

/** One partner: its scorecard with its weeks, its feeds and how they are read, its terms. */
export function OnePartner() {
  const say = useWords(partnersWords);
  const { can } = useMe();
  const { partner = "" } = useParams();
  useLive(HEARD, KEYS, can("events.read"));
  const standing = useQuery({
    queryKey: ["partners", "standing", partner],
    queryFn: async () => {
      const query = { partner, limit: 1 };
      const [found] = (await asked(api.GET("/v1/scorecards", { params: { query } }))).items;
      if (!found) {
        await asked(api.GET("/v1/partners/{partner}", { params: { path: { partner } } }));
        throw new Problem("not-found", 404, "", "");
      }
      return found;
    },
  });
  const one = standing.data;
  return (
    <>
      <PageHead
        title={one?.name ?? partner}
        answer={
          one && (
            <>
              {say("about", {
                kind: say(one.kind),
                nodes: one.nodes.join(", ") || say("noNodes"),
              })}{" "}
              {!one.is_active && <Badge>{say("inactive")}</Badge>}
            </>
          )
        }
        side={<Link to="/partners">{say("back")}</Link>}
      />
      <div className="grid">
        <div className="two-thirds stack">
          <Panel
            title={say("scorecard")}
            side={<span className="hint">{say("scorecardHint")}</span>}
            query={standing}
            lines={6}
          >
            {(found) => <Card one={found} />}
          </Panel>
          <section className="stack" aria-labelledby="feeds">
            <h2 id="feeds">{say("feeds")}</h2>
            {one && <Heard one={one} />}
            <Feeds partner={partner} />
          </section>
          {one && can("tower.read") && <Open one={one} />}
        </div>
        <div className="third stack">
          <Panel
            title={say("weeks")}
            query={standing}
            empty={(found) => found.weeks.every(({ legs }) => legs === 0) && say("weeksEmpty")}
          >
            {(found) => <Weekly one={found} />}
          </Panel>
          <Plan partner={partner} />
          <Terms partner={partner} />
        </div>
      </div>
    </>
  );
}

function Card({ one }: { one: Standing }) {
  const say = useWords(partnersWords);
  const format = useFormat();
  const { me } = useMe();
  const { card } = one;
  const hint = (said: string | null) => (said === null ? say("noBefore") : said);
  return (
    <div className="stats">
      {SHARES.map(({ key, word, isMoreBetter }) => {
        const was = earlier(card[key], card.trend[key]);
        return (
          <Stat
            key={key}
            label={say(word)}
            value={format.percent(card[key])}
            meaning={meaningOfChange(card.trend[key], isMoreBetter)}
            hint={hint(was === null ? null : say("before", { value: format.percent(was) }))}
          />
        );
      })}
      <Stat
        label={say("cost")}
        value={format.money(card.cost_cents_a_unit, me.currency)}
        hint={hint(
          card.trend.cost_cents_a_unit === undefined || card.cost_cents_a_unit === null
            ? null
            : say("before", {
                value: format.money(
                  card.cost_cents_a_unit - card.trend.cost_cents_a_unit,
                  me.currency,
                ),
              }),
        )}
      />
      <Stat
        label={say("accept")}
        value={
          card.now.accept_minutes === null
            ? "—"
            : say("minutesShort", { count: Math.round(card.now.accept_minutes) })
        }
        hint={hint(
          card.before.accept_minutes === null
            ? null
            : say("before", {
                value: say("minutesShort", { count: Math.round(card.before.accept_minutes) }),
              }),
        )}
      />
      <Stat label={say("trust")} value={format.percent(card.trust)} />
    </div>
  );
}

function Weekly({ one }: { one: Standing }) {
  const say = useWords(partnersWords);
  const format = useFormat();
  const shares = one.weeks.map(({ fill_rate }) => fill_rate);
  return (
    <>
      <Sparkline values={shares} ends={shareEnds(shares)} label={say("fill")} />
      <p className="hint">{say("shareOf")}</p>
      <FiguresTable
        head={say("week")}
        columns={(["legs", "units", "fill", "late"] as const).map((key) => ({
          key,
          label: say(key),
        }))}
        rows={one.weeks.map((week) => ({
          key: week.since,
          name: format.day(week.since),
          figures: [
            format.number(week.legs),
            format.number(week.units),
            format.percent(week.fill_rate),
            format.percent(week.late_share),
          ],
        }))}
      />
    </>
  );
}

function Heard({ one: { heard } }: { one: Standing }) {
  const say = useWords(partnersWords);
  const format = useFormat();
  const now = useNow();
  const day = useLanguage() === "fr" ? "j" : "d";
  if (!heard) return null;
  return (
    <p>
      {heard.is_silent && <Badge meaning="late">{say("silent")}</Badge>}{" "}
      {heard.heard_at
        ? say("feedHealth", {
            ago: format.ago(heard.heard_at, now),
            every: heard.every_minutes ? span(heard.every_minutes * 60_000, day) : "—",
          })
        : say("feedHealthNever")}
      {heard.counted_at && (
        <span className="hint"> · {say("counted", { at: format.moment(heard.counted_at) })}</span>
      )}
    </p>
  );
}

function Feeds({ partner }: { partner: string }) {
  const say = useWords(partnersWords);
  const format = useFormat();
  const columns: Column<Shapes["Feed"]>[] = [
    {
      key: "sent",
      head: say("sent"),
      cell: (row) => (
        <span className="two-lines">
          {format.moment(row.sent_at)}
          <span className="hint">{row.name || row.id}</span>
        </span>
      ),
    },
    {
      key: "state",
      head: say("state"),
      cell: (row) => <Badge meaning={meaningOfFeed(row.state)}>{say(row.state)}</Badge>,
    },
    {
      key: "lines",
      head: say("lines"),
      isNumber: true,
      cell: (row) => format.number(row.lines_read),
    },
    {
      key: "changes",
      head: say("changes"),
      isNumber: true,
      cell: (row) => format.number(row.added + row.changed + row.absent),
    },
    {
      key: "faulty",
      head: say("faulty"),
      isNumber: true,
      cell: (row) => (
        <span className={row.fault_count > 0 ? "soon" : ""}>{format.number(row.fault_count)}</span>
      ),
    },
    {
      key: "lost",
      head: say("lost"),
      isNumber: true,
      cell: (row) => format.number(row.units_lost),
    },
  ];
  return (
    <Table
      label={say("feeds")}
      columns={columns}
      pages={useFeeds(partner)}
      rowKey={(row) => row.id}
      to={(row) => `/partners/feeds/${row.id}`}
      empty={say("feedsEmpty")}
    />
  );
}

/** Legs that it has not accepted, shipped or delivered in time; feeds say it above. */
function Open({ one }: { one: Standing }) {
  const say = useWords(partnersWords);
  const isSomewhere = one.nodes.length > 0;
  const pages = useOpen("partner", one.nodes, isSomewhere);
  if (!isSomewhere) return null;
  return (
    <section className="stack" aria-labelledby="open">
      <h2 id="open">{say("breachesOf")}</h2>
      <OpenTable label={say("breachesOf")} pages={pages} />
    </section>
  );
}

function Plan({ partner }: { partner: string }) {
  const say = useWords(partnersWords);
  const plan = useQuery({
    queryKey: ["partners", "plan", partner],
    queryFn: async () => {
      try {
        return await asked(
          api.GET("/v1/partners/{partner}/feed-plan", { params: { path: { partner } } }),
        );
      } catch (problem) {
        if (problem instanceof Problem && problem.status === 404) return null;
        throw problem;
      }
    },
  });
  return (
    <Panel
      title={say("plan")}
      query={plan}
      empty={(found) => found === null && say("planEmpty", { code: partner })}
    >
      {(found) => found && <PlanTable plan={found} />}
    </Panel>
  );
}

function PlanTable({ plan }: { plan: Shapes["FeedPlan"] }) {
  const say = useWords(partnersWords);
  const format = useFormat();
  const day = useLanguage() === "fr" ? "j" : "d";
  const every = plan.every_minutes ?? plan.pull?.every_minutes;
  const rows: [string, string][] = [
    [say("key"), `${say(plan.key)} ${say("column", { column: plan.key_column })}`],
    [say("quantity"), say("column", { column: plan.quantity_column })],
    [
      say("node"),
      plan.node ?? (plan.node_column && say("column", { column: plan.node_column })) ?? "—",
    ],
    [say("full"), say(plan.is_full ? "isFull" : "isPart")],
    [say("includesHeld"), say(plan.includes_held ? "yes" : "no")],
    [say("lossGuard"), format.percent(plan.loss_percent / 100)],
    [say("every"), every ? span(every * 60_000, day) : say("everyLearned")],
    [say("pull"), plan.pull?.url ?? say("pushed")],
  ];
  return (
    <table className="small-table">
      <tbody>
        {rows.map(([head, value]) => (
          <tr key={head}>
            <th scope="row">{head}</th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface Term {
  sku: string;
  price_cents: number;
  reference: string | null;
  minimum_units: number;
  pack_units: number;
  odd_amounts: "sent" | "charged" | "refused";
  valid_from: string;
  valid_until: string | null;
}

const CALM_MS = 200;

function Terms({ partner }: { partner: string }) {
  const say = useWords(partnersWords);
  const format = useFormat();
  const { me } = useMe();
  const [typed, type] = useState("");
  const [sku] = useDebouncedValue(typed.trim(), CALM_MS);
  const pages = usePages(["partners", "terms", partner, sku], (cursor) =>
    asked(
      api.GET("/v1/partners/{partner}/terms", {
        params: {
          path: { partner },
          query: { sku: sku || undefined, cursor, limit: 20 },
        },
      }),
    ),
  );
  const columns: Column<Term>[] = [
    {
      key: "sku",
      head: say("sku"),
      cell: (row) => (
        <span className="two-lines">
          <Link to={`/stock/${row.sku}`} className="code">
            {row.sku}
          </Link>
          <span className="hint">{row.reference}</span>
        </span>
      ),
    },
    {
      key: "price",
      head: say("price"),
      isNumber: true,
      cell: (row) => format.money(row.price_cents, me.currency),
    },
    {
      key: "minimum",
      head: say("minimum"),
      isNumber: true,
      cell: (row) => format.number(row.minimum_units),
    },
    {
      key: "pack",
      head: say("pack"),
      isNumber: true,
      cell: (row) => (
        <span className="two-lines">
          {format.number(row.pack_units)}
          {(row.minimum_units > 1 || row.pack_units > 1) && (
            <span className="hint">{say(`odd_${row.odd_amounts}`)}</span>
          )}
        </span>
      ),
    },
    {
      key: "from",
      head: say("validFrom"),
      cell: (row) => (
        <span className="two-lines">
          {format.day(row.valid_from)}
          {row.valid_until && <span className="hint">→ {format.day(row.valid_until)}</span>}
        </span>
      ),
    },
  ];
  return (
    <section className="stack" aria-labelledby="terms">
      <header className="panel-head">
        <h2 id="terms">{say("terms")}</h2>
        <TextInput
          size="xs"
          type="search"
          aria-label={say("searchSku")}
          placeholder={say("searchSku")}
          value={typed}
          onChange={(event) => type(event.currentTarget.value)}
        />
      </header>
      <Table
        label={say("terms")}
        columns={columns}
        pages={pages}
        rowKey={(row) => `${row.sku} ${row.valid_from}`}
        empty={say("termsEmpty")}
      />
    </section>
  );
}
