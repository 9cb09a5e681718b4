import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { api, asked, type Shapes } from "../../api/client";
import { useLive } from "../../api/live";
import { useMe } from "../../app/me";
import { type Format, useFormat } from "../../model/format";
import { type Say, useLanguage, useWords } from "../../model/words";
import { Panel } from "../../ui/Panel";
import { AsTable, Legend, PageHead, StackedBar, Stat } from "../../ui/parts";
import { subjectLink } from "../exceptions/model";
import { dueLater, hoursFrom, placedSince } from "./model";
import { NodeMap } from "./NodeMap";
import page from "./page";
import { STATES, todayWords } from "./words";

type TodayData = Shapes["Today"];

const KEYS = [["today"], ["exceptions"]];
const HEARD = ["order.*", "leg.*", "shipment.*", "stock.*", "promise.*"];

export default function Today() {
  const say = useWords(todayWords);
  const title = page.title[useLanguage()];
  const format = useFormat();
  const { can } = useMe();
  const today = useQuery({
    queryKey: ["today"],
    queryFn: () => asked(api.GET("/v1/tower/today")),
    placeholderData: keepPreviousData,
  });
  const pulse = useLive(HEARD, KEYS, can("events.read"));
  const data = today.data;
  return (
    <>
      <PageHead
        title={title}
        answer={data && answer(data, say, format)}
        side={
          <span className={`hint pulse ${pulse}`} role="status">
            {data && format.moment(data.at)} · {say(pulse)}
          </span>
        }
      />
      <div className="grid">
        <Figures data={data} />
        <div className="two-thirds stack">
          <Panel title={say("funnel")} query={today} lines={6}>
            {(found) => <Funnel data={found} />}
          </Panel>
          <Panel
            title={say("map")}
            side={<span className="hint">{say("mapHint")}</span>}
            query={today}
            lines={10}
            empty={(found) => found.nodes.length === 0 && say("mapEmpty")}
          >
            {(found) => <NodeMap nodes={found.nodes} />}
          </Panel>
        </div>
        <div className="third stack">
          <Next />
          <Panel
            title={say("risk")}
            side={<Link to="/exceptions?kind=milestone">{say("riskAll")}</Link>}
            query={today}
            empty={(found) => found.at_risk === 0 && say("riskEmpty")}
          >
            {(found) => <Risk data={found} />}
          </Panel>
          <Panel
            title={say("units")}
            query={today}
            empty={(found) => Object.keys(found.units).length === 0 && say("unitsEmpty")}
          >
            {(found) => <Units units={found.units} />}
          </Panel>
        </div>
      </div>
    </>
  );
}

/** How many orders came, and whether their promises hold. */
function answer(data: TodayData, say: Say<(typeof todayWords)["en"]>, format: Format): string {
  const { at_risk: count, orders, money, risk_money } = data;
  if (orders === 0 && count === 0) return say("answerNone");
  return say(count > 0 ? "answerRisk" : "answerFine", {
    orders: say("placedNow", { count: orders, number: format.number(orders) }),
    count,
    money: format.sums(count > 0 ? risk_money : money),
  });
}

function Figures({ data }: { data: TodayData | undefined }) {
  const say = useWords(todayWords);
  const format = useFormat();
  return (
    <div className="stats">
      <Stat
        label={say("placed")}
        value={format.number(data?.orders)}
        hint={
          data &&
          (data.orders === 0
            ? say("placedNone")
            : say("placedHint", { money: format.sums(data.money), count: data.cancelled }))
        }
        to={placedSince(data)}
      />
      <Stat
        label={say("atRisk")}
        value={format.number(data?.at_risk)}
        meaning={data?.at_risk ? "soon" : "plain"}
        hint={data && say("atRiskHint", { count: data.missed })}
        to="/exceptions?kind=milestone"
      />
      <Stat
        label={say("late")}
        value={format.number(data?.late)}
        meaning={data?.late ? "late" : "plain"}
        hint={say("lateHint")}
        to="/exceptions?kind=promise.late"
      />
      <Stat
        label={say("money")}
        value={data?.at_risk === 0 ? format.number(0) : format.sums(data?.risk_money)}
        hint={say("moneyHint")}
        to="/exceptions?kind=milestone"
      />
      <Stat
        label={say("exceptions")}
        value={format.number(data?.exceptions)}
        hint={say("exceptionsHint", { count: data?.exceptions ?? 0 })}
        to="/exceptions"
      />
    </div>
  );
}

function Funnel({ data }: { data: TodayData }) {
  const say = useWords(todayWords);
  const format = useFormat();
  const placed = data.orders - data.cancelled;
  return (
    <ol className="funnel">
      {data.steps.map(({ stage, reached, standing, oldest }) => (
        <li key={stage}>
          <Link to={placedSince(data, stage)} className="funnel-head">
            <span>{say(stage as "waiting")}</span>
            <b>{format.number(reached)}</b>
            <span className="hint">{placed > 0 && format.percent(reached / placed)}</span>
          </Link>
          <div className="funnel-bar" aria-hidden="true">
            <span style={{ width: `${(100 * reached) / Math.max(1, placed)}%` }} />
          </div>
          <span className="hint">
            {standing !== null && (
              <Link to={`/orders?stage=${stage}&sort=oldest`}>
                {say("standing", { count: standing, number: format.number(standing) })}
              </Link>
            )}
            {oldest && (
              <>
                {" · "}
                {say("oldest")}{" "}
                <Link to={`/orders/${oldest.order}`} className="code">
                  {oldest.order}
                </Link>{" "}
                {format.ago(oldest.since, Date.parse(data.at))}
              </>
            )}
          </span>
        </li>
      ))}
    </ol>
  );
}

function Risk({ data }: { data: TodayData }) {
  const say = useWords(todayWords);
  const format = useFormat();
  const bars = hoursFrom(data.at, data.risk);
  const later = dueLater(data);
  const most = Math.max(1, ...bars.map((bar) => bar.orders));
  return (
    <>
      <div className="hours" aria-hidden="true">
        {bars.map((bar, index) => (
          <div key={bar.at} className="hour" title={`${format.clock(bar.at)} ${bar.orders}`}>
            <b>{bar.orders > 0 && bar.orders === most ? format.number(bar.orders) : ""}</b>
            <span style={{ height: `${(100 * bar.orders) / most}%` }} />
            <i>{index % 6 === 0 ? format.clock(bar.at) : ""}</i>
          </div>
        ))}
      </div>
      {later > 0 && <p className="hint">{say("riskLater", { count: later })}</p>}
      <AsTable>
        <table className="small-table">
          <thead>
            <tr>
              <th>{say("hour")}</th>
              <th className="number">{say("orders")}</th>
              <th className="number">{say("riskMoney")}</th>
            </tr>
          </thead>
          <tbody>
            {data.risk.map((bar) => (
              <tr key={bar.at}>
                <td>{format.moment(bar.at)}</td>
                <td className="number">{format.number(bar.orders)}</td>
                <td className="number">{format.sums(bar.money)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </AsTable>
    </>
  );
}

function Units({ units }: { units: Readonly<Record<string, number>> }) {
  const say = useWords(todayWords);
  const { can } = useMe();
  const to = can("value.read") ? "/stock/all/value?by=state" : undefined;
  const parts = STATES.map((state) => ({
    key: state,
    label: say(state),
    value: units[state] ?? 0,
    to,
  }));
  return (
    <>
      <StackedBar parts={parts} />
      <Legend parts={parts} />
    </>
  );
}

/** The five exceptions with the most money at risk. */
function Next() {
  const say = useWords(todayWords);
  const format = useFormat();
  const next = useQuery({
    queryKey: ["exceptions", "next"],
    queryFn: () =>
      asked(
        api.GET("/v1/exceptions", {
          params: { query: { sort: "urgent", is_snoozed: false, limit: 6 } },
        }),
      ),
  });
  return (
    <Panel
      title={say("next")}
      side={<Link to="/exceptions">{say("all")}</Link>}
      query={next}
      lines={6}
      empty={(found) => found.items.length === 0 && say("nextEmpty")}
    >
      {(found) => (
        <ol className="next">
          {found.items.map((one) => (
            <li key={one.key}>
              <Link to={subjectLink(one) ?? `/exceptions?kind=${one.kind}`}>{one.name}</Link>
              <span className="hint">
                {[
                  one.subject.split(":").slice(1).join(":"),
                  one.node,
                  one.money_cents ? format.money(one.money_cents, one.currency) : null,
                ]
                  .filter(Boolean)
                  .join(" · ")}
              </span>
              <span className="hint">{one.detail}</span>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}
