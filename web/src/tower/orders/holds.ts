import { api, asked } from "../../api/client";

export function lift(hold: string, reason: string) {
  return asked(
    api.PUT("/v1/order-holds/{hold_id}/lift", {
      params: { path: { hold_id: hold } },
      body: { reason },
    }),
  );
}

/** Lift the holds of these kinds that an order has open. */
export async function liftKinds(
  order: string,
  kinds: readonly string[],
  reason: string,
): Promise<void> {
  const holds = await asked(
    api.GET("/v1/orders/{order_id}/holds", { params: { path: { order_id: order } } }),
  );
  for (const hold of holds.items) {
    if (hold.lifted_at === null && kinds.includes(hold.kind)) await lift(hold.id, reason);
  }
}
