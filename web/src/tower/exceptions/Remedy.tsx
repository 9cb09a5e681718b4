import { api, asked, newId } from "../../api/client";
import { useMe } from "../../app/me";
import { useWords } from "../../model/words";
import { Act } from "../../ui/Act";
import { type ExceptionRow, factOf, idOf, proposal, type Remedy } from "./model";
import { exceptionsWords } from "./words";

const KEYS = [["exceptions"], ["orders"], ["order"], ["today"]];

/** The proposed action: what it will do is said before it is done. */
export function RemedyButton({ row }: { row: ExceptionRow }) {
  const say = useWords(exceptionsWords);
  const { can } = useMe();
  const remedy = proposal(row, (permission) => can(permission));
  if (remedy === null) return null;
  const name = remedy.startsWith("settle") ? "settle" : (remedy as "lift");
  return (
    <Act
      label={say(name)}
      confirm={say(`${name}Confirm`)}
      act={() => apply(remedy, row, say("because"))}
      done={say(`${name}Done`)}
      stale={KEYS}
    />
  );
}

async function apply(remedy: Remedy, row: ExceptionRow, reason: string): Promise<unknown> {
  const id = idOf(row.subject);
  switch (remedy) {
    case "source":
      return asked(api.POST("/v1/orders/sourcing", { body: { limit: 200 } }));
    case "lift":
      return liftAll(id, reason);
    case "reroute":
      return asked(
        api.PUT("/v1/reroutes/{reroute_id}", {
          params: { path: { reroute_id: newId("reroute") } },
          body: { legs: [id], node: null, closes_node: false, reason },
        }),
      );
    case "book":
      return asked(api.POST("/v1/feeds/{feed}/booking", { params: { path: { feed: id } } }));
    case "settleReply":
      return asked(
        api.PUT("/v1/carriers/replies/{reply_id}/settlement", {
          params: { path: { reply_id: id } },
        }),
      );
    case "settleWork":
      return asked(
        api.PUT("/v1/work-conflicts/{fact}/settlement", {
          params: { path: { fact: factOf(row) } },
        }),
      );
  }
}

/** Lift every hold that an order has open. */
export async function liftAll(order: string, reason: string): Promise<void> {
  const holds = await asked(
    api.GET("/v1/orders/{order_id}/holds", { params: { path: { order_id: order } } }),
  );
  for (const hold of holds.items.filter((one) => one.lifted_at === null)) {
    await asked(
      api.PUT("/v1/order-holds/{hold_id}/lift", {
        params: { path: { hold_id: hold.id } },
        body: { reason },
      }),
    );
  }
}
