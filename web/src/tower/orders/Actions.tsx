import { Button, Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useWish } from "../../model/wish";
import { useWords } from "../../model/words";
import { Act } from "../../ui/Act";
import { type Field, Form } from "../../ui/Form";
import { lift, liftKinds } from "./holds";
import { changedLines, given, isOver, liftable, mayChange, openLegs } from "./model";
import { holdWords, ordersWords } from "./words";

type Order = Shapes["Order"];

const KEYS = [["order"], ["orders"], ["exceptions"], ["today"]];

/** What may be done to an order now, by this reader; the rest is not shown. */
export function Actions({ order }: { order: Order }) {
  const say = useWords(ordersWords);
  const sayHold = useWords(holdWords);
  const { can, canEverywhere } = useMe();
  const wish = useWish("order");
  const nodes = order.legs.filter((leg) => leg.withdrawn_at === null).map((leg) => leg.node);
  const mayWrite = can("orders.write") && nodes.every((node) => can("orders.write", node));
  if (!mayWrite || isOver(order.stage)) return null;
  const legs = openLegs(order);
  const hold = () =>
    wish(
      (hold_id) =>
        asked(
          api.PUT("/v1/order-holds/{hold_id}", {
            params: { path: { hold_id } },
            body: { order: order.id, kind: "manual", reason: say("holdReason"), score: null },
          }),
        ),
      "hold",
    );
  const kinds = liftable(order.held_for, can);
  return (
    <>
      {mayChange(order, "recipient") && canEverywhere("orders.write") && <Edit order={order} />}
      {mayChange(order, "place") && canEverywhere("orders.write") && <Place order={order} />}
      {mayChange(order, "quantity") && canEverywhere("orders.write") && (
        <Quantities order={order} />
      )}
      {legs.length > 0 && (
        <Act
          label={say("reroute")}
          confirm={say("rerouteConfirm")}
          done={say("rerouteDone")}
          stale={KEYS}
          act={() =>
            wish(
              (reroute_id) =>
                asked(
                  api.PUT("/v1/reroutes/{reroute_id}", {
                    params: { path: { reroute_id } },
                    body: { legs, node: null, closes_node: false, reason: say("rerouteReason") },
                  }),
                ),
              "reroute",
            )
          }
        />
      )}
      {order.stage === "waiting" && can("orders.replan") && (
        <Act
          label={say("retry")}
          done={({ sourced, waiting }) =>
            say(waiting.length === 0 ? "retryAll" : sourced.length > 0 ? "retryPart" : "retryNone")
          }
          stale={KEYS}
          act={() =>
            wish(
              (sourcing_id) =>
                asked(
                  api.PUT("/v1/sourcings/{sourcing_id}", {
                    params: { path: { sourcing_id } },
                    body: { orders: [order.id] },
                  }),
                ),
              "sourcing",
            )
          }
        />
      )}
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
          act={hold}
          undo={({ id }) => lift(id, say("liftReason"))}
          done={say("holdDone")}
          stale={KEYS}
        />
      )}
      {mayChange(order, "cancel") && (
        <Act
          label={say("cancel")}
          confirm={say("cancelConfirm")}
          done={say("cancelDone")}
          isLate
          stale={KEYS}
          act={() =>
            wish(
              (cancellation_id) =>
                asked(
                  api.PUT("/v1/cancellations/{cancellation_id}", {
                    params: { path: { cancellation_id } },
                    body: { order: order.id, lines: null, reason: say("cancelReason") },
                  }),
                ),
              "cancellation",
            )
          }
        />
      )}
    </>
  );
}

function Edit({ order }: { order: Order }) {
  const say = useWords(ordersWords);
  return (
    <Change
      order={order}
      label={say("edit")}
      title={say("editTitle")}
      fields={[
        { name: "name", label: say("name"), hint: say("keeps") },
        { name: "street", label: say("street"), hint: say("keeps") },
        { name: "email", label: say("email"), type: "email", hint: say("keeps") },
        { name: "phone", label: say("phone"), hint: say("keeps") },
      ]}
      bodyOf={(typed) => ({ recipient: given(typed) as Shapes["EditBody"]["recipient"] })}
    />
  );
}

/** Something of an order that can be changed: a form in a window of its own. */
function Change(props: {
  order: Order;
  label: string;
  title: string;
  fields: readonly Field[];
  bodyOf: (typed: Record<string, string>) => Partial<Shapes["EditBody"]>;
}) {
  const { order, label, title, fields, bodyOf } = props;
  const say = useWords(ordersWords);
  const queries = useQueryClient();
  const wish = useWish("edit");
  const [isOpen, open] = useState(false);
  return (
    <>
      <Button size="xs" variant="default" onClick={() => open(true)}>
        {label}
      </Button>
      <Modal opened={isOpen} onClose={() => open(false)} title={title}>
        <Form
          fields={[...fields, { name: "reason", label: say("reason"), isRequired: true }]}
          submit={say("save")}
          cancel={() => open(false)}
          send={({ reason = "", ...typed }) =>
            wish((edit_id) =>
              asked(
                api.PUT("/v1/order-edits/{edit_id}", {
                  params: { path: { edit_id } },
                  body: { order: order.id, reason, ...bodyOf(typed) } as Shapes["EditBody"],
                }),
              ),
            )
          }
          done={() => {
            open(false);
            for (const queryKey of KEYS) queries.invalidateQueries({ queryKey });
          }}
        />
      </Modal>
    </>
  );
}

function Place({ order }: { order: Order }) {
  const say = useWords(ordersWords);
  const { postcode, town, country } = order.destination;
  return (
    <Change
      order={order}
      label={say("place")}
      title={say("placeTitle")}
      fields={[
        { name: "postcode", label: say("postcode"), value: postcode, isRequired: true },
        { name: "town", label: say("town"), value: town, isRequired: true },
        { name: "country", label: say("country"), value: country, isRequired: true },
      ]}
      bodyOf={(typed) => ({ destination: typed as unknown as Shapes["Destination"] })}
    />
  );
}

function Quantities({ order }: { order: Order }) {
  const say = useWords(ordersWords);
  return (
    <Change
      order={order}
      label={say("quantities")}
      title={say("quantitiesTitle")}
      fields={order.lines.map((line) => ({
        name: `line-${line.line}`,
        label: line.sku,
        type: "number",
        value: String(line.quantity - line.cancelled),
        hint: say("quantitiesHint"),
        isRequired: true,
      }))}
      bodyOf={(typed) => ({ lines: changedLines(order.lines, typed) })}
    />
  );
}
