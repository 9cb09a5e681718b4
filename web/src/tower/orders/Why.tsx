import { useQuery } from "@tanstack/react-query";
import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { useLanguage, useWords } from "../../model/words";
import { Panel } from "../../ui/Panel";
import { Badge, Legend, StackedBar } from "../../ui/parts";
import { costOf, dearest, parts } from "./model";
import { ordersWords, termWords } from "./words";

type Decision = Shapes["Decision"];

/**
 * The sourcing decision as a picture: what each plan would have cost, and who fell out why.
 *
 * What it reckons with is in the currency of the house, whatever the order is paid in.
 */
export function Why({ order }: { order: string }) {
  const say = useWords(ordersWords);
  const { currency } = useMe().me;
  const decisions = useQuery({
    queryKey: ["order", order, "decisions"],
    queryFn: () =>
      asked(api.GET("/v1/orders/{order_id}/decisions", { params: { path: { order_id: order } } })),
  });
  return (
    <Panel
      title={say("why")}
      query={decisions}
      lines={8}
      empty={(found) => found.items.length === 0 && say("whyEmpty")}
    >
      {(found) => (
        <div className="stack">
          {found.items.map((decision, index) => (
            <One
              key={decision.number}
              decision={decision}
              currency={currency}
              isLast={index === 0}
            />
          ))}
        </div>
      )}
    </Panel>
  );
}

interface OneProps {
  decision: Decision;
  currency: string;
  isLast: boolean;
}

function One({ decision, currency, isLast }: OneProps) {
  const say = useWords(ordersWords);
  const format = useFormat();
  const language = useLanguage();
  const head = say("decision", {
    number: decision.number,
    at: format.moment(decision.taken_at),
  });
  return (
    <details open={isLast} className="decision">
      <summary>
        {head} <span className="hint">{say("policy", { policy: decision.policy })}</span>
      </summary>
      <p className="big">{decision.sentence[language]}</p>
      <Plans compared={decision.explanation.compared} currency={currency} />
      <Candidates decision={decision} currency={currency} />
      <Fences fences={decision.explanation.fences} />
      <Remarks remarks={decision.remarks} />
    </details>
  );
}

interface PlansProps {
  compared: readonly Shapes["Compared"][];
  currency: string;
}

function Plans({ compared, currency }: PlansProps) {
  const say = useWords(ordersWords);
  const sayTerm = useWords(termWords);
  const format = useFormat();
  const money = (cents: number) => format.money(cents, currency);
  const longest = dearest(compared);
  const used = new Set(compared.flatMap(({ terms }) => Object.keys(terms)));
  const legend = parts(
    Object.fromEntries([...used].map((name) => [name, 1])),
    sayTerm,
    () => "",
  ).filter((part) => compared.some(({ terms }) => terms[part.key]));
  return (
    <>
      <ul className="plans">
        {compared.map((plan, index) => (
          <li key={plan.nodes.join("+")} className={index === 0 ? "is-chosen" : undefined}>
            <span className="two-lines">
              <span>
                <b>{plan.nodes.join(" + ") || say("nowhere")}</b>{" "}
                {index === 0 && <Badge meaning="good">{say("chosen")}</Badge>}
              </span>
              <span className="hint">
                {plan.arrives_on && say("comes", { day: format.day(plan.arrives_on) })}
                {plan.short_units > 0 && ` · ${say("short", { count: plan.short_units })}`}
              </span>
            </span>
            <StackedBar parts={parts(plan.terms, sayTerm, money)} total={longest} />
            <b className="number">{money(costOf(plan.terms))}</b>
          </li>
        ))}
      </ul>
      <Legend parts={legend} />
    </>
  );
}

function Candidates({ decision, currency }: Omit<OneProps, "isLast">) {
  const say = useWords(ordersWords);
  const sayTerm = useWords(termWords);
  const format = useFormat();
  const money = (cents: number) => format.money(cents, currency);
  const { candidates } = decision.explanation;
  if (candidates.length === 0) return null;
  return (
    <details>
      <summary>{say("alone")}</summary>
      <ul className="plans">
        {candidates.map((one) => (
          <li key={one.node}>
            <span className="two-lines">
              <b>{one.node}</b>
              <span className="hint">
                {one.units}/{one.of_units} · {say("km", { km: format.number(one.km) })}
                {one.arrives_on && ` · ${say("comes", { day: format.day(one.arrives_on) })}`}
                {one.chance !== null && ` · ${format.percent(one.chance)}`}
              </span>
            </span>
            <StackedBar parts={parts(one.terms, sayTerm, money)} total={dearest(candidates)} />
            <b className="number">{money(costOf(one.terms))}</b>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Fences({ fences }: { fences: readonly Shapes["Fence"][] }) {
  const language = useLanguage();
  const say = useWords(ordersWords);
  if (fences.length === 0) return null;
  return (
    <details>
      <summary>
        {say("fenced")} · {fences.length}
      </summary>
      <ul className="fences">
        {fences.map((fence) => (
          <li key={`${fence.node} ${fence.code}`}>
            <s>{fence.node}</s> {fence.why?.[language]}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** What was not as usual, how the plan was found, by which local rules and prices. */
function Remarks({ remarks }: { remarks: readonly Shapes["Text"][] }) {
  const language = useLanguage();
  return (
    <ul className="remarks hint">
      {remarks.map((remark) => (
        <li key={remark.en}>{remark[language]}</li>
      ))}
    </ul>
  );
}
