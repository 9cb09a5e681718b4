import { api, asked } from "../../api/client";

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
