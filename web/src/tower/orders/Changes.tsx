import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { type Format, useFormat } from "../../model/format";
import { amountOf } from "../../model/typed";
import { useWish } from "../../model/wish";
import { type Say, useWords } from "../../model/words";
import type { Deed } from "../../ui/Deeds";
import { type Field, Form } from "../../ui/Form";
import { useNodes } from "../../ui/nodes";
import { Panel } from "../../ui/Panel";
import {
  changedLines,
  changedPerson,
  deliveryOf,
  isPaidFor,
  KEYS,
  mayChange,
  nearest,
  PLAIN_WAYS,
} from "./model";
import { type Recipient, useRecipient } from "./Recipient";
import { ordersWords } from "./words";

type Order = Shapes["Order"];

/** What its customer wants otherwise, as far as its nodes let it. */
export function useChanges(order: Order): readonly Deed[] {
  const say = useWords(ordersWords);
  const deeds = [
    mayChange(order, "recipient") && {
      label: say("edit"),
      title: say("editTitle"),
      window: (close: Close) => <Person order={order} close={close} />,
    },
    mayChange(order, "place") && {
      label: say("place"),
      title: say("placeTitle"),
      window: (close: Close) => <Place order={order} close={close} />,
    },
    mayChange(order, "place") && {
      label: say("deliveryChange"),
      title: say("deliveryTitle"),
      window: (close: Close) => <Delivery order={order} close={close} />,
    },
    mayChange(order, "quantity") && {
      label: say("quantities"),
      title: say("quantitiesTitle"),
      window: (close: Close) => <Quantities order={order} close={close} />,
    },
  ];
  return deeds.filter((deed) => deed !== false);
}

type Close = () => void;

interface ChangeProps {
  order: Order;
  close: Close;
}

interface EditFormProps extends ChangeProps {
  note?: string | false;
  fields: readonly Field[];
  bodyOf: (typed: Record<string, string>) => Partial<Shapes["EditBody"]>;
}

/** Something of an order that can be changed, and why it is. */
function EditForm({ order, note, fields, bodyOf, close }: EditFormProps) {
  const say = useWords(ordersWords);
  const queries = useQueryClient();
  const wish = useWish("edit");
  return (
    <>
      {note && <p className="hint">{note}</p>}
      <Form
        fields={[...fields, { name: "reason", label: say("reason"), isRequired: true }]}
        submit={say("save")}
        cancel={close}
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
          close();
          for (const queryKey of KEYS) queries.invalidateQueries({ queryKey });
        }}
      />
    </>
  );
}

/** Who opens the door; whoever may not know who that is can still say who it is from now on. */
function Person({ order, close }: ChangeProps) {
  const { isShown, query } = useRecipient(order);
  if (!isShown) return <PersonForm order={order} close={close} known={undefined} />;
  return (
    <Panel query={query} lines={4}>
      {(known) => <PersonForm order={order} close={close} known={known} />}
    </Panel>
  );
}

function PersonForm({ known, ...shared }: ChangeProps & { known: Recipient | null | undefined }) {
  const say = useWords(ordersWords);
  const hint = known === undefined ? say("keeps") : undefined;
  return (
    <EditForm
      {...shared}
      fields={[
        {
          name: "name",
          label: say("name"),
          value: known?.name,
          hint,
          isRequired: known !== undefined,
        },
        { name: "street", label: say("street"), value: known?.street, hint },
        { name: "email", label: say("email"), type: "email", value: known?.email, hint },
        { name: "phone", label: say("phone"), value: known?.phone, hint },
      ]}
      bodyOf={(typed) => ({
        recipient: changedPerson(known, typed) as Shapes["EditBody"]["recipient"],
      })}
    />
  );
}

function Place({ order, close }: ChangeProps) {
  const say = useWords(ordersWords);
  const { postcode, town, country } = order.destination;
  return (
    <EditForm
      order={order}
      close={close}
      fields={[
        { name: "postcode", label: say("postcode"), value: postcode, isRequired: true },
        { name: "town", label: say("town"), value: town, isRequired: true },
        { name: "country", label: say("country"), value: country, isRequired: true },
      ]}
      bodyOf={(typed) => ({ destination: typed as unknown as Shapes["Destination"] })}
    />
  );
}

function Quantities({ order, close }: ChangeProps) {
  const say = useWords(ordersWords);
  return (
    <EditForm
      order={order}
      close={close}
      note={[say("quantitiesHint"), isPaidFor(order) && say("quantitiesPaid")]
        .filter(Boolean)
        .join(" ")}
      fields={order.lines.map((line) => ({
        name: `line-${line.line}`,
        label: line.sku,
        type: "number",
        value: String(line.quantity - line.cancelled),
        isRequired: true,
      }))}
      bodyOf={(typed) => ({ lines: changedLines(order.lines, typed) })}
    />
  );
}

/** Another delivery: those that can be promised now, with their window; or one without. */
function Delivery({ order, close }: ChangeProps) {
  const say = useWords(ordersWords);
  const format = useFormat();
  const ways = useWays(order);
  return (
    <Panel query={ways} lines={4}>
      {(found) => (
        <>
          {found.length === 0 && <p className="hint">{say("noWays")}</p>}
          <EditForm
            order={order}
            close={close}
            note={isPaidFor(order) && say("quantitiesPaid")}
            fields={[
              {
                name: "way",
                label: say("way"),
                type: "select",
                options: wayOptions(found, say, format),
              },
              { name: "point", label: say("point"), hint: say("pointHint") },
              {
                name: "price",
                label: say("deliveryPrice", { currency: order.currency }),
                type: "number",
                value: amountOf(order.delivery_cents),
                isRequired: true,
              },
            ]}
            bodyOf={(typed) => ({ delivery: deliveryOf(typed, found, order) })}
          />
        </>
      )}
    </Panel>
  );
}

function wayOptions(
  ways: readonly Shapes["PromiseWay"][],
  say: Say<(typeof ordersWords)["en"]>,
  format: Format,
) {
  const promised = ways.map((way, index) => {
    const at = way.store ?? way.relay;
    const window = say("promised", { from: format.day(way.first), to: format.day(way.last) });
    const name = at ? `${say(way.option)} ${at}` : say(way.option);
    return {
      value: String(index),
      label: `${name}, ${window} (${format.percent(way.chance)})`,
    };
  });
  const plain = PLAIN_WAYS.map((option) => ({
    value: option,
    label: `${say(option)}, ${say("noWindow")}`,
  }));
  return [...promised, ...plain];
}

/** What the order's basket could be promised now, to where it goes or at the stores near there. */
function useWays(order: Order) {
  const { can } = useMe();
  const nodes = useNodes();
  const stores = nearest(nodes.data?.items ?? [], order.destination);
  const { country, postcode, latitude, longitude } = order.destination;
  const lines = order.lines
    .filter((line) => line.quantity > line.cancelled)
    .map((line) => ({ sku: line.sku, quantity: line.quantity - line.cancelled }));
  return useQuery({
    queryKey: ["order", order.id, "ways", stores],
    queryFn: async () => {
      if (!can("promise.read") || lines.length === 0) return [];
      const place = { country, postcode, latitude, longitude };
      const body = { lines, ...place, stores, channel: order.channel };
      return (await asked(api.POST("/v1/promises", { body: body as Shapes["AskedPromise"] }))).ways;
    },
    enabled: !nodes.isPending,
  });
}
