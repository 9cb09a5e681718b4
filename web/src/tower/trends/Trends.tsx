import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { useLanguage, useWords } from "../../model/words";
import { useFilters } from "../../ui/filters";
import { Failure, Loading } from "../../ui/Panel";
import { FiguresTable, PageHead } from "../../ui/parts";
import {
  bars,
  change,
  FIGURES,
  type Figure,
  knownOf,
  mainCurrency,
  meaningOf,
  ORDERS,
  REVENUE,
  SPANS,
} from "./model";
import page from "./page";
import { trendsWords } from "./words";

type Week = Shapes["TrendWeek"];

const USUAL = 8;

/** How the business goes: few figures by week, beside other weeks, each leading to its list. */
export default function Trends() {
  const say = useWords(trendsWords);
  const title = page.title[useLanguage()];
  const format = useFormat();
  const { can } = useMe();
  const [query, set] = useFilters();
  const weeks = SPANS.find((one) => String(one) === query.get("weeks")) ?? USUAL;
  const against = query.get("against") === "year" ? "year" : "before";
  const trends = useQuery({
    queryKey: ["trends", weeks, against],
    queryFn: () => asked(api.GET("/v1/tower/trends", { params: { query: { weeks, against } } })),
  });
  const found = trends.data;
  const shown = found && shownOf(found);
  return (
    <>
      <PageHead
        title={title}
        answer={shown && <Answer shown={shown} />}
        side={
          <>
            <SegmentedControl
              size="xs"
              aria-label={say("span")}
              value={String(weeks)}
              onChange={(value) => set("weeks", value === String(USUAL) ? null : value)}
              data={SPANS.map((count) => ({ value: String(count), label: String(count) }))}
            />
            <SegmentedControl
              size="xs"
              aria-label={say("against")}
              value={against}
              onChange={(value) => set("against", value === "year" ? value : null)}
              data={(["before", "year"] as const).map((value) => ({ value, label: say(value) }))}
            />
          </>
        }
      />
      {trends.error && <Failure error={trends.error} retry={() => trends.refetch()} />}
      {!found && !trends.error && <Loading lines={8} />}
      {shown && (
        <>
          <div className="grid">
            {FIGURES.filter(({ key }) => key !== "value" || can("value.read")).map((figure) => (
              <div key={figure.key} className="third">
                <Card figure={figure} shown={shown} against={against} />
              </div>
            ))}
          </div>
          <p className="hint">
            {found.through && say("through", { day: format.date(found.through) })}
          </p>
        </>
      )}
    </>
  );
}

/** What all of the page speaks of: the weeks, those beside as far as known, in one currency. */
interface Shown {
  weeks: readonly Week[];
  beside: readonly (Week | null)[];
  currency: string;
}

function shownOf({ weeks, before }: Shapes["Trends"]): Shown {
  return { weeks, beside: knownOf(before), currency: mainCurrency([...weeks, ...before]) };
}

function Answer({ shown: { weeks, beside, currency } }: { shown: Shown }) {
  const say = useWords(trendsWords);
  const format = useFormat();
  const placed = ORDERS.all(weeks, currency);
  if (!placed) return say("answerNone");
  const sold = REVENUE.all(weeks, currency);
  const known = beside.filter((week) => week !== null);
  const changed = change(sold, REVENUE.all(known, currency));
  const values = {
    orders: format.number(placed),
    revenue: format.money(sold, currency),
    weeks: weeks.length,
  };
  if (changed === null) return say("answerPlain", values);
  return say("answer", { ...values, change: signed(changed, format.percent) });
}

/** A change with its sign: +6 %, −3 %. */
function signed(changed: number, percent: (share: number) => string): string {
  return `${changed < 0 ? "−" : "+"}${percent(Math.abs(changed))}`;
}

function useWriting(figure: Figure, currency: string) {
  const say = useWords(trendsWords);
  const format = useFormat();
  return (value: number | null): string => {
    if (figure.kind === "money") return format.money(value, currency);
    if (figure.kind === "share") return format.percent(value);
    if (figure.kind === "days" && value !== null) {
      return say("days", { count: Math.round(value) });
    }
    return format.number(value);
  };
}

interface CardProps {
  figure: Figure;
  shown: Shown;
  against: "before" | "year";
}

function Card({ figure, shown: { weeks, beside, currency }, against }: CardProps) {
  const say = useWords(trendsWords);
  const format = useFormat();
  const write = useWriting(figure, currency);
  const now = weeks.map((week) => figure.of(week, currency));
  const before = beside.map((week) => week && figure.of(week, currency));
  const all = figure.all(weeks, currency);
  const allBeside = figure.all(
    beside.filter((week) => week !== null),
    currency,
  );
  const changed = change(all, allBeside);
  const rows = weeks.map((week, index) => ({
    key: week.since,
    name: format.date(week.since),
    figures: [write(now[index] ?? null), write(before[index] ?? null)],
  }));
  return (
    <section className="panel trend" aria-labelledby={`trend-${figure.key}`}>
      <h2 id={`trend-${figure.key}`}>
        <Link to={figure.to}>{say(figure.key)}</Link>
      </h2>
      <p className="trend-value">
        <b>{write(all)}</b>{" "}
        {changed !== null && (
          <span className={meaningOf(changed, figure.isGood)}>
            {signed(changed, format.percent)}
          </span>
        )}{" "}
        <span className="hint">
          {say("ofBefore", { against: say(against), value: write(allBeside) })}
        </span>
      </p>
      <Bars now={now} before={before} />
      <p className="trend-ends hint">
        <span>{format.day(weeks[0]?.since)}</span>
        <span>{format.day(weeks.at(-1)?.until)}</span>
      </p>
      <p className="hint">{say(`${figure.key}Hint`)}</p>
      <FiguresTable
        head={say("week")}
        columns={[
          { key: "now", label: say("now") },
          { key: "beside", label: say("beside") },
        ]}
        rows={rows}
        isLong
      />
    </section>
  );
}

interface BarsProps {
  now: readonly (number | null)[];
  before: readonly (number | null)[];
}

/** Each week a bar from zero, the week beside a mark on it; its numbers are in the table below. */
function Bars({ now, before }: BarsProps) {
  return (
    <svg className="trend-bars" viewBox="0 0 100 40" preserveAspectRatio="none" aria-hidden="true">
      <line x1="0" x2="100" y1="39.5" y2="39.5" />
      {bars(now, before).map(({ x, width, height, mark }) => (
        <g key={x}>
          {height !== null && <rect x={x} width={width} y={39 - height} height={height} />}
          {mark !== null && (
            <line className="mark" x1={x} x2={x + width} y1={39 - mark} y2={39 - mark} />
          )}
        </g>
      ))}
    </svg>
  );
}
