import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useWish } from "../../model/wish";
import { useWords } from "../../model/words";
import { useDoing } from "../../ui/Act";
import { confirmed, type Deed, Deeds } from "../../ui/Deeds";
import { useChanges } from "./Changes";
import { useCustomerLink } from "./CustomerLink";
import { lift, liftKinds } from "./holds";
import { useMessage } from "./Message";
import { isOver, KEYS, liftable, mayChange, openLegs } from "./model";
import { holdWords, ordersWords } from "./words";

type Order = Shapes["Order"];

/** What may be done to an order now, by this reader; the rest is not shown. */
export function Actions({ order }: { order: Order }) {
  return <Deeds deeds={useDeeds(order)} />;
}

/** First what its state asks for, then what its customer wants, then what takes it elsewhere. */
function useDeeds(order: Order): readonly Deed[] {
  const { can, canEverywhere } = useMe();
  const nodes = order.legs.filter((leg) => leg.withdrawn_at === null).map((leg) => leg.node);
  const mayWrite = can("orders.write") && nodes.every((node) => can("orders.write", node));
  const isOpen = mayWrite && !isOver(order.stage);
  const liftHold = useLift(order);
  const retry = useRetry(order.id);
  const message = useMessage(order.id);
  const link = useCustomerLink(order.id);
  const changes = useChanges(order);
  const reroute = useReroute(order);
  const hold = useHold(order.id);
  const cancel = useCancel(order.id);
  const deeds = [
    isOpen && liftHold,
    order.stage === "waiting" && can("orders.replan") && retry,
    canEverywhere("messages.send") && message,
    canEverywhere("orders.write") && link,
    ...(isOpen && canEverywhere("orders.write") ? changes : []),
    isOpen && openLegs(order).length > 0 && reroute,
    isOpen && order.held_for.length === 0 && order.stage !== "shipped" && hold,
    isOpen && mayChange(order, "cancel") && cancel,
  ];
  return deeds.filter((deed) => deed !== null && deed !== false);
}

/** Other nodes, for what nobody has picked. */
function useReroute(order: Order): Deed {
  const say = useWords(ordersWords);
  const wish = useWish("reroute");
  const legs = openLegs(order);
  const body = { legs, node: null, closes_node: false, reason: say("rerouteReason") };
  return confirmed({
    label: say("reroute"),
    confirm: say("rerouteConfirm"),
    done: say("rerouteDone"),
    stale: KEYS,
    act: () =>
      wish((reroute_id) =>
        asked(api.PUT("/v1/reroutes/{reroute_id}", { params: { path: { reroute_id } }, body })),
      ),
  });
}

/** Nodes for what none has: it waits, and the stock is looked at again now. */
function useRetry(order: string): Deed {
  const say = useWords(ordersWords);
  const wish = useWish("sourcing");
  const doing = useDoing<Shapes["Resourced"]>(KEYS);
  const act = () =>
    wish((sourcing_id) =>
      asked(
        api.PUT("/v1/sourcings/{sourcing_id}", {
          params: { path: { sourcing_id } },
          body: { orders: [order], asks_refusing: false },
        }),
      ),
    );
  const done = ({ sourced, waiting }: Shapes["Resourced"]) =>
    say(waiting.length === 0 ? "retryAll" : sourced.length > 0 ? "retryPart" : "retryNone");
  return { label: say("retry"), isBusy: doing.isPending, run: () => doing.mutate({ act, done }) };
}

/** Settle what holds it, as far as this reader may; null: nothing of it. */
function useLift(order: Order): Deed | null {
  const say = useWords(ordersWords);
  const sayHold = useWords(holdWords);
  const { can } = useMe();
  const kinds = liftable(order.held_for, can);
  if (kinds.length === 0) return null;
  const named = kinds.map((kind) => sayHold(kind as "manual")).join(", ");
  return confirmed({
    label: say("lift"),
    confirm: say("liftConfirm", { kinds: named }),
    done: say("liftDone"),
    stale: KEYS,
    act: () => liftKinds(order.id, kinds, say("liftReason")),
  });
}

function useHold(order: string): Deed {
  const say = useWords(ordersWords);
  const wish = useWish("hold");
  const body = { order, kind: "manual", reason: say("holdReason"), score: null } as const;
  return confirmed({
    label: say("hold"),
    confirm: say("holdConfirm"),
    done: say("holdDone"),
    stale: KEYS,
    act: () =>
      wish((hold_id) =>
        asked(api.PUT("/v1/order-holds/{hold_id}", { params: { path: { hold_id } }, body })),
      ),
    undo: ({ id }) => lift(id, say("liftReason")),
  });
}

function useCancel(order: string): Deed {
  const say = useWords(ordersWords);
  const wish = useWish("cancellation");
  return confirmed({
    label: say("cancel"),
    confirm: say("cancelConfirm"),
    done: say("cancelDone"),
    isLate: true,
    stale: KEYS,
    act: () =>
      wish((cancellation_id) =>
        asked(
          api.PUT("/v1/cancellations/{cancellation_id}", {
            params: { path: { cancellation_id } },
            body: { order, lines: null, reason: say("cancelReason") },
          }),
        ),
      ),
  });
}
