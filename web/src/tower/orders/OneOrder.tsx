import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { api, asked, type Shapes } from "../../api/client";
import { useLive } from "../../api/live";
import { useMe, useNow } from "../../app/me";
import { useFormat } from "../../model/format";
import { useLanguage, useWords } from "../../model/words";
import { useActor } from "../../ui/actors";
import { Panel } from "../../ui/Panel";
import { Badge, Deadline, PageHead } from "../../ui/parts";
import { useReason } from "../../ui/reasons";
import { useServiceName } from "../../ui/serviceNames";
import { messageWords } from "../settings/messageWords";
import { Actions } from "./Actions";
import { Back } from "./Back";
import { LegMap } from "./LegMap";
import { Messages } from "./Message";
import { isOver, meaningOf } from "./model";
import { Parcels } from "./Parcels";
import { RecipientPanel } from "./Recipient";
import { Reports } from "./Reports";
import { toldWords } from "./toldWords";
import { Why } from "./Why";
import { carrierWords, eventWords, holdWords, ordersWords } from "./words";

type Order = Shapes["Order"];

const HEARD = ["order.*", "leg.*", "shipment.*", "parcel.*", "return.*", "refund.*"];

/** One order: what was promised and how it stands, its legs, what happened, and why these nodes. */
export function OneOrder() {
  const say = useWords(ordersWords);
  const { order: id = "" } = useParams();
  const { can, canEverywhere } = useMe();
  const path = { order_id: id };
  const order = useQuery({
    queryKey: ["order", id],
    queryFn: () => asked(api.GET("/v1/orders/{order_id}", { params: { path } })),
  });
  const watched = useQuery({
    queryKey: ["order", id, "milestones"],
    queryFn: () => asked(api.GET("/v1/orders/{order_id}/milestones", { params: { path } })),
  });
  useLive(HEARD, [["order", id]], can("events.read"));
  const found = order.data;
  return (
    <>
      <PageHead
        title={say("order", { id })}
        answer={found && <Answer order={found} />}
        side={found ? <Actions order={found} /> : <Link to="/orders">{say("back")}</Link>}
      />
      <div className="grid">
        <div className="half stack">
          <Panel title={say("promise")} query={order} lines={2}>
            {(one) => <Promised order={one} now={watched.data?.chance} />}
          </Panel>
          {canEverywhere("orders.read") && <Reports order={id} />}
          {found && <RecipientPanel order={found} />}
          <Panel
            title={say("milestones")}
            query={watched}
            lines={3}
            empty={(one) => one === null && say("noPromise")}
          >
            {(one) => <Milestones watched={one as Shapes["Watched"]} />}
          </Panel>
          <Panel title={say("lines")} query={order}>
            {(one) => <Lines order={one} />}
          </Panel>
          <Back order={id} />
        </div>
        <div className="half stack">
          <Panel
            title={say("legs")}
            query={order}
            empty={(one) => one.legs.length === 0 && say("legsEmpty")}
          >
            {(one) => (
              <>
                {can("network.read") && <LegMap order={one} />}
                <Legs order={one} />
              </>
            )}
          </Panel>
          <Parcels order={id} />
          <Panel title={say("timeline")} query={order} lines={6}>
            {(one) => <Timeline order={one} />}
          </Panel>
          {canEverywhere("orders.read") && <Messages order={id} />}
        </div>
        <Why order={id} />
      </div>
    </>
  );
}

function Answer({ order }: { order: Order }) {
  const say = useWords(ordersWords);
  const sayHold = useWords(holdWords);
  const format = useFormat();
  const { customer, destination, stage } = order;
  return (
    <>
      <Badge meaning={meaningOf({ stage, is_held: order.held_for.length > 0 })}>{say(stage)}</Badge>{" "}
      {customer} · {destination.postcode} {destination.town} · {order.channel} ·{" "}
      {format.moment(order.placed_at)}
      {order.held_for.length > 0 && (
        <span className="soon">
          {" "}
          {say("heldFor", {
            kinds: order.held_for.map((kind) => sayHold(kind as "manual")).join(", "),
          })}
          {order.owed_cents
            ? ` ${say("owed", { amount: format.money(order.owed_cents, order.currency) })}`
            : ""}
        </span>
      )}
    </>
  );
}

function Promised({ order, now }: { order: Order; now?: number }) {
  const say = useWords(ordersWords);
  const format = useFormat();
  const clock = useNow();
  const language = useLanguage();
  if (!order.promised_to) {
    return <p className="hint">{order.unpromised?.[language] ?? say("noPromise")}</p>;
  }
  return (
    <>
      <p className="big">
        {say("promised", {
          from: format.day(order.promised_from),
          to: format.day(order.promised_to),
        })}
      </p>
      <p>
        <Deadline at={order.promised_to} now={clock} isDone={isOver(order.stage)} />
      </p>
      <p className="hint">
        {order.chance !== null && say("chanceThen", { chance: format.percent(order.chance) })}
        {now !== undefined && ` · ${say("chanceNow", { chance: format.percent(now) })}`}
        {order.option && ` · ${say(order.option)}`}
      </p>
    </>
  );
}

function Milestones({ watched }: { watched: Shapes["Watched"] }) {
  const say = useWords(ordersWords);
  const now = useNow();
  return (
    <ul className="milestones">
      {watched.milestones.map((one) => (
        <li key={`${one.step} ${one.leg}`}>
          <span aria-hidden="true">{one.done_at ? "✓" : "○"}</span>
          <span>
            {say(one.step)} {one.leg && <code>{one.leg}</code>} {one.node}
          </span>
          <Deadline at={one.done_at ?? one.due_at} now={now} isDone={one.done_at !== null} />
        </li>
      ))}
    </ul>
  );
}

function Lines({ order }: { order: Order }) {
  const say = useWords(ordersWords);
  const format = useFormat();
  return (
    <section className="small-scroll is-long" aria-label={say("lines")}>
      <table className="small-table">
        <thead>
          <tr>
            <th>{say("sku")}</th>
            <th className="number">{say("quantity")}</th>
            <th className="number">{say("waits")}</th>
            <th className="number">{say("gone")}</th>
            <th className="number">{say("price", { currency: order.currency })}</th>
          </tr>
        </thead>
        <tbody>
          {order.lines.map((line) => (
            <tr key={line.line}>
              <th scope="row">
                <Link to={`/stock/${line.sku}`} className="code">
                  {line.sku}
                </Link>
              </th>
              <td className="number">{format.number(line.quantity)}</td>
              <td className={`number ${line.waiting > 0 ? "soon" : ""}`}>
                {line.waiting > 0 ? format.number(line.waiting) : ""}
              </td>
              <td className="number">{line.cancelled > 0 ? format.number(line.cancelled) : ""}</td>
              <td className="number">{format.money(line.price_cents, order.currency)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Legs({ order }: { order: Order }) {
  const say = useWords(ordersWords);
  const sayCarrier = useWords(carrierWords);
  const format = useFormat();
  const { me } = useMe();
  const now = useNow();
  const nameOf = useServiceName();
  return (
    <ul className="legs">
      {order.legs.map((leg) => (
        <li key={leg.id} className={leg.withdrawn_at ? "is-gone" : undefined}>
          <div className="leg-way" aria-hidden="true">
            <Dot isDone />
            <Way isDone={leg.picked_at !== null} />
            <Dot isDone={leg.picked_at !== null} />
            <Way isDone={leg.shipped_at !== null} />
            <Dot isDone={leg.shipped_at !== null} />
            <Way isDone={leg.delivered_at !== null} />
            <Dot isDone={leg.delivered_at !== null} />
          </div>
          <div>
            <b>{say("legFrom", { node: leg.node })}</b> <code>{leg.id}</code>{" "}
            {leg.withdrawn_at && <Badge>{say("withdrawn")}</Badge>}
            <span className="hint">
              {" "}
              {nameOf(leg.service)} · {format.money(leg.cost_cents, me.currency)} ·{" "}
              {said(leg.lines)}
            </span>
          </div>
          <div className="hint">
            {say("leaves")}{" "}
            <Deadline
              at={leg.shipped_at ?? leg.leaves_at}
              now={now}
              isDone={leg.shipped_at !== null || leg.withdrawn_at !== null}
            />{" "}
            · {say("arrives")} {format.day(leg.delivered_at ?? leg.arrives_on)}
            {leg.carrier_says &&
              ` · ${say("carrier", { says: sayCarrier(leg.carrier_says as "lost") })}`}
          </div>
        </li>
      ))}
    </ul>
  );
}

const SAID = 4;

/** The first lines of a leg; how many more there are. */
function said(lines: Shapes["Leg"]["lines"]): string {
  const first = lines.slice(0, SAID).map((line) => `${line.quantity - line.gone} × ${line.sku}`);
  const more = lines.length - first.length;
  return [...first, ...(more > 0 ? [`+ ${more}`] : [])].join(", ");
}

function Dot({ isDone }: { isDone: boolean }) {
  return <i className={isDone ? "is-done" : undefined} />;
}

function Way({ isDone }: { isDone: boolean }) {
  return <s className={isDone ? "is-done" : undefined} />;
}

function Timeline({ order }: { order: Order }) {
  const say = useWords(ordersWords);
  const sayEvent = useWords(eventWords);
  const sayMessage = useWords(messageWords);
  const sayTold = useWords(toldWords);
  const sayHold = useWords(holdWords);
  const why = useReason();
  const format = useFormat();
  const actor = useActor();
  const reasonOf = ({ kind, reason }: Order["timeline"][number]) => {
    const [first = "", ...rest] = reason.split(": ");
    if (kind === "hold_placed" && rest.length) {
      return `${sayHold(first as "payment")}, ${why(rest.join(": "))}`;
    }
    if (kind !== "messaged") return why(reason);
    const [message, medium] = [first, ...rest];
    return `${sayMessage(message as "delayed")}, ${sayTold(medium as "email")}`;
  };
  return (
    <ol className="timeline">
      {[...order.timeline].reverse().map((entry) => (
        <li key={entry.number}>
          <span className="hint">{format.moment(entry.at)}</span>
          <span>
            {sayEvent(entry.kind as "accepted").replaceAll("_", " ")}{" "}
            {entry.leg && <code>{entry.leg}</code>}{" "}
            <span className="hint">
              {say("by", { actor: actor(entry.actor, entry.actor_name) })}
              {entry.reason && ` · ${reasonOf(entry)}`}
            </span>
          </span>
        </li>
      ))}
    </ol>
  );
}
