import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useWish } from "../../model/wish";
import { useWords } from "../../model/words";
import { Act } from "../../ui/Act";
import { Delivery, Edit, Place, Quantities } from "./Changes";
import { CustomerLink } from "./CustomerLink";
import { lift, liftKinds } from "./holds";
import { MessageButton } from "./Message";
import { isOver, KEYS, liftable, mayChange, openLegs } from "./model";
import { holdWords, ordersWords } from "./words";

type Order = Shapes["Order"];

/** What may be done to an order now, by this reader; the rest is not shown. */
export function Actions({ order }: { order: Order }) {
  const { can, canEverywhere } = useMe();
  const nodes = order.legs.filter((leg) => leg.withdrawn_at === null).map((leg) => leg.node);
  const mayWrite = can("orders.write") && nodes.every((node) => can("orders.write", node));
  const isOpen = mayWrite && !isOver(order.stage);
  return (
    <>
      {isOpen && canEverywhere("orders.write") && <Changes order={order} />}
      {canEverywhere("orders.write") && <CustomerLink order={order.id} />}
      {canEverywhere("messages.send") && <MessageButton order={order.id} />}
      {isOpen && <Reroute order={order} />}
      {order.stage === "waiting" && can("orders.replan") && <Retry order={order.id} />}
      {isOpen && <Holds order={order} />}
      {isOpen && mayChange(order, "cancel") && <Cancel order={order.id} />}
    </>
  );
}

/** What its customer wants otherwise, as far as its nodes let it. */
function Changes({ order }: { order: Order }) {
  return (
    <>
      {mayChange(order, "recipient") && <Edit order={order} />}
      {mayChange(order, "place") && <Place order={order} />}
      {mayChange(order, "place") && <Delivery order={order} />}
      {mayChange(order, "quantity") && <Quantities order={order} />}
    </>
  );
}

/** Other nodes, for what nobody has picked. */
function Reroute({ order }: { order: Order }) {
  const say = useWords(ordersWords);
  const wish = useWish("reroute");
  const legs = openLegs(order);
  if (legs.length === 0) return null;
  const body = { legs, node: null, closes_node: false, reason: say("rerouteReason") };
  return (
    <Act
      label={say("reroute")}
      confirm={say("rerouteConfirm")}
      done={say("rerouteDone")}
      stale={KEYS}
      act={() =>
        wish((reroute_id) =>
          asked(api.PUT("/v1/reroutes/{reroute_id}", { params: { path: { reroute_id } }, body })),
        )
      }
    />
  );
}

/** Nodes for what none has: it waits, and the stock is looked at again now. */
function Retry({ order }: { order: string }) {
  const say = useWords(ordersWords);
  const wish = useWish("sourcing");
  return (
    <Act
      label={say("retry")}
      done={({ sourced, waiting }) =>
        say(waiting.length === 0 ? "retryAll" : sourced.length > 0 ? "retryPart" : "retryNone")
      }
      stale={KEYS}
      act={() =>
        wish((sourcing_id) =>
          asked(
            api.PUT("/v1/sourcings/{sourcing_id}", {
              params: { path: { sourcing_id } },
              body: { orders: [order], asks_refusing: false },
            }),
          ),
        )
      }
    />
  );
}

function Holds({ order }: { order: Order }) {
  const say = useWords(ordersWords);
  const sayHold = useWords(holdWords);
  const { can } = useMe();
  const wish = useWish("hold");
  const kinds = liftable(order.held_for, can);
  const body = { order: order.id, kind: "manual", reason: say("holdReason"), score: null } as const;
  return (
    <>
      {kinds.length > 0 && (
        <Act
          label={say("lift")}
          confirm={say("liftConfirm", {
            kinds: kinds.map((kind) => sayHold(kind as "manual")).join(", "),
          })}
          act={() => liftKinds(order.id, kinds, say("liftReason"))}
          done={say("liftDone")}
          stale={KEYS}
        />
      )}
      {order.held_for.length === 0 && order.stage !== "shipped" && (
        <Act
          label={say("hold")}
          confirm={say("holdConfirm")}
          act={() =>
            wish((hold_id) =>
              asked(api.PUT("/v1/order-holds/{hold_id}", { params: { path: { hold_id } }, body })),
            )
          }
          undo={({ id }) => lift(id, say("liftReason"))}
          done={say("holdDone")}
          stale={KEYS}
        />
      )}
    </>
  );
}

function Cancel({ order }: { order: string }) {
  const say = useWords(ordersWords);
  const wish = useWish("cancellation");
  return (
    <Act
      label={say("cancel")}
      confirm={say("cancelConfirm")}
      done={say("cancelDone")}
      isLate
      stale={KEYS}
      act={() =>
        wish((cancellation_id) =>
          asked(
            api.PUT("/v1/cancellations/{cancellation_id}", {
              params: { path: { cancellation_id } },
              body: { order, lines: null, reason: say("cancelReason") },
            }),
          ),
        )
      }
    />
  );
}
