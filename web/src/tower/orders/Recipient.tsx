import { useQuery } from "@tanstack/react-query";
import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useWords } from "../../model/words";
import { Facts } from "../../ui/Facts";
import { Panel } from "../../ui/Panel";
import { isTheirs } from "./model";
import { ordersWords } from "./words";

type Order = Shapes["Order"];
export type Recipient = Shapes["Recipient"];

/** Who opens the door, for whoever works where the order is sent from or handed over. */
export function useRecipient(order: Order) {
  const { can, canEverywhere } = useMe();
  const isShown =
    canEverywhere("fulfilment.work") || isTheirs(order, (node) => can("fulfilment.work", node));
  const query = useQuery({
    queryKey: ["order", order.id, "recipient"],
    queryFn: () =>
      asked(
        api.GET("/v1/orders/{order_id}/recipient", { params: { path: { order_id: order.id } } }),
      ),
    enabled: isShown,
  });
  return { isShown, query };
}

export function RecipientPanel({ order }: { order: Order }) {
  const say = useWords(ordersWords);
  const { isShown, query } = useRecipient(order);
  if (!isShown) return null;
  return (
    <Panel
      title={say("recipient")}
      query={query}
      lines={3}
      empty={(found) => found === null && say("recipientEmpty")}
    >
      {(found) => found && <Person person={found} place={order.destination} />}
    </Panel>
  );
}

function Person({ person, place }: { person: Recipient; place: Order["destination"] }) {
  const say = useWords(ordersWords);
  const { name, street, email, phone } = person;
  const town = [place.postcode, place.town].filter(Boolean).join(" ");
  const address = [street, town, place.country].filter(Boolean).join(", ");
  const call = <a href={`tel:${phone.replaceAll(" ", "")}`}>{phone}</a>;
  const write = <a href={`mailto:${email}`}>{email}</a>;
  return (
    <Facts
      facts={[
        [say("name"), name],
        [say("address"), address],
        [say("phone"), phone ? call : "—"],
        [say("email"), email ? write : "—"],
      ]}
    />
  );
}
