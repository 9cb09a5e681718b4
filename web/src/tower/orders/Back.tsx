import { useQuery } from "@tanstack/react-query";
import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { Panel } from "../../ui/Panel";
import { Badge } from "../../ui/parts";
import { parcelWords } from "./parcelWords";

/** What comes back of an order, what was sent again, and what its customer is paid back. */
export function Back({ order }: { order: string }) {
  const say = useWords(parcelWords);
  const { can, canEverywhere } = useMe();
  const mayReturns = can("returns.read");
  const mayRefunds = canEverywhere("orders.pay");
  const found = useQuery({
    queryKey: ["order", order, "back", mayReturns, mayRefunds],
    queryFn: async () => {
      const [returns, replacements, refunds] = await Promise.all([
        mayReturns ? returnsOf(order) : [],
        replacementsOf(order),
        mayRefunds ? refundsOf(order) : [],
      ]);
      return { returns, replacements, refunds };
    },
  });
  return (
    <Panel
      title={say("back")}
      query={found}
      lines={2}
      empty={({ returns, replacements, refunds }) =>
        returns.length + replacements.length + refunds.length === 0 && say("backEmpty")
      }
    >
      {({ returns, replacements, refunds }) => (
        <ul className="legs">
          {replacements.map((one) => (
            <Replacement key={one.id} one={one} />
          ))}
          {returns.map((one) => (
            <Return key={one.id} one={one} />
          ))}
          {refunds.map((one) => (
            <Refund key={one.id} one={one} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

async function returnsOf(order: string) {
  const params = { path: { order_id: order } };
  return (await asked(api.GET("/v1/orders/{order_id}/returns", { params }))).items;
}

async function replacementsOf(order: string) {
  const params = { query: { order, limit: 1000 } };
  return (await asked(api.GET("/v1/replacements", { params }))).items;
}

async function refundsOf(order: string) {
  const params = { query: { order, limit: 1000 } };
  return (await asked(api.GET("/v1/refunds", { params }))).items;
}

function Return({ one }: { one: Shapes["Rma"] }) {
  const say = useWords(parcelWords);
  const format = useFormat();
  const turn = turnOf(one);
  const at = one.closed_at ?? one.received_at ?? one.asked_at;
  return (
    <li>
      <b>{say("returnOf", { id: one.id, node: one.node })}</b>{" "}
      <Badge meaning={one.closed_at ? "plain" : "soon"}>{say(turn)}</Badge>{" "}
      <span className="hint">
        {format.moment(at)} · {one.reason}
      </span>
      <div className="hint">
        {one.lines
          .map(({ sku, quantity, received }) =>
            say("ofUnits", {
              sku,
              quantity: format.number(quantity),
              received: format.number(received),
            }),
          )
          .join(", ")}
      </div>
    </li>
  );
}

function turnOf(one: Shapes["Rma"]) {
  if (one.called_off_at) return "calledOff";
  if (one.closed_at) return "inspected";
  return one.received_at ? "received" : "asked";
}

function Refund({ one }: { one: Shapes["Refund"] }) {
  const say = useWords(parcelWords);
  const format = useFormat();
  const sum = format.money(one.cents, one.currency);
  const delivery =
    one.delivery_cents > 0 &&
    say("withDelivery", { sum: format.money(one.delivery_cents, one.currency) });
  return (
    <li>
      <b>{say(one.made_at ? "refundMade" : "refundOf", { sum })}</b>{" "}
      <Badge meaning={one.made_at ? "plain" : "soon"}>
        {one.made_at
          ? say("paid", { at: format.moment(one.made_at) })
          : say("due", { at: format.moment(one.due_at) })}
      </Badge>{" "}
      <span className="hint">
        {[
          say(one.reason as "returned"),
          delivery,
          one.reference && say("paidAs", { reference: one.reference }),
        ]
          .filter(Boolean)
          .join(" · ")}
      </span>
    </li>
  );
}

function Replacement({ one }: { one: Shapes["Replacement"] }) {
  const say = useWords(parcelWords);
  const format = useFormat();
  const lines = one.lines.map(({ sku, units }) => `${format.number(units)} × ${sku}`);
  return (
    <li>
      <b>{say(one.how)}</b>{" "}
      {one.claim === "due" && (
        <Badge>{say("claimDue", { sum: format.money(one.cents, one.currency) })}</Badge>
      )}{" "}
      <span className="hint">
        {format.moment(one.at)} · {say(one.because)} · {lines.join(", ")}
        {one.sent_as.length > 0 && ` · ${say("sentAs", { legs: one.sent_as.join(", ") })}`}
        {one.words && ` · ${one.words}`}
      </span>
      {one.parcels.length > 0 && <div className="hint code">{one.parcels.join(" ")}</div>}
    </li>
  );
}
