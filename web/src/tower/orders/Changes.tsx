import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { type Format, useFormat } from "../../model/format";
import { amountOf } from "../../model/typed";
import { useWish } from "../../model/wish";
import { type Say, useWords } from "../../model/words";
import { type Field, Form } from "../../ui/Form";
import { useNodes } from "../../ui/nodes";
import { Panel } from "../../ui/Panel";
import { changedLines, deliveryOf, given, isPaidFor, KEYS, nearest, PLAIN_WAYS } from "./model";
import { Windowed } from "./Windowed";
import { ordersWords } from "./words";

type Order = Shapes["Order"];

export function Edit({ order }: { order: Order }) {
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

interface EditFormProps {
  order: Order;
  note?: string | false;
  fields: readonly Field[];
  bodyOf: (typed: Record<string, string>) => Partial<Shapes["EditBody"]>;
}

/** Something of an order that can be changed: a form in a window of its own. */
function Change({ label, title, ...form }: EditFormProps & { label: string; title: string }) {
  return (
    <Windowed label={label} title={title}>
      {(close) => <EditForm {...form} close={close} />}
    </Windowed>
  );
}

function EditForm({ order, note, fields, bodyOf, close }: EditFormProps & { close: () => void }) {
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

export function Place({ order }: { order: Order }) {
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

export function Quantities({ order }: { order: Order }) {
  const say = useWords(ordersWords);
  return (
    <Change
      order={order}
      label={say("quantities")}
      title={say("quantitiesTitle")}
      note={isPaidFor(order) && say("quantitiesPaid")}
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

/** Another delivery: those that can be promised now, with their window; or one without. */
export function Delivery({ order }: { order: Order }) {
  const say = useWords(ordersWords);
  return (
    <Windowed label={say("deliveryChange")} title={say("deliveryTitle")}>
      {(close) => <DeliveryForm order={order} close={close} />}
    </Windowed>
  );
}

function DeliveryForm({ order, close }: { order: Order; close: () => void }) {
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
