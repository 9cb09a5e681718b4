import { useQueries, useQuery } from "@tanstack/react-query";
import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { Failure, Panel } from "../../ui/Panel";
import { Badge } from "../../ui/parts";
import { useServiceName } from "../../ui/serviceNames";
import { meaningOfParcel } from "./model";
import { parcelWords } from "./parcelWords";
import { carrierWords } from "./words";

type Tracked = Shapes["TrackedParcel"];

/** What left for an order: each box, its carrier's number, and what the carrier said of it last. */
export function Parcels({ order }: { order: string }) {
  const say = useWords(parcelWords);
  const { can } = useMe();
  const shipments = useQuery({
    queryKey: ["order", order, "shipments"],
    queryFn: () =>
      asked(api.GET("/v1/orders/{order_id}/shipments", { params: { path: { order_id: order } } })),
  });
  const told = (shipments.data?.items ?? []).filter(({ node }) => can("fulfilment.read", node));
  const tracked = useQueries({
    queries: told.map(({ id }) => ({
      queryKey: ["order", order, "tracking", id],
      queryFn: () =>
        asked(
          api.GET("/v1/shipments/{shipment_id}/tracking", {
            params: { path: { shipment_id: id } },
          }),
        ),
    })),
  });
  const failed = tracked.find(({ error }) => error);
  const known = new Map(told.map(({ id }, index) => [id, tracked[index]?.data?.items]));
  return (
    <Panel
      title={say("parcels")}
      query={shipments}
      lines={2}
      empty={({ items }) => items.length === 0 && say("parcelsEmpty")}
    >
      {({ items }) => (
        <>
          {failed && <Failure error={failed.error} retry={() => failed.refetch()} />}
          <ul className="legs">
            {items.flatMap((shipment) =>
              shipment.parcels.map((parcel) => (
                <OneParcel
                  key={parcel.sscc}
                  shipment={shipment}
                  parcel={parcel}
                  tracked={known.get(shipment.id)}
                />
              )),
            )}
          </ul>
        </>
      )}
    </Panel>
  );
}

interface OneParcelProps {
  shipment: Shapes["Shipment"];
  parcel: Shapes["Parcel"];
  /** What is known of the parcels of its shipment, once that was told. */
  tracked?: readonly Tracked[];
}

function OneParcel({ shipment, parcel, tracked }: OneParcelProps) {
  const say = useWords(parcelWords);
  const format = useFormat();
  const units = Object.entries(parcel.units ?? {}).map(([sku, count]) => `${count} × ${sku}`);
  const nameOf = useServiceName();
  const { node, service } = shipment;
  const numbers = tracked?.filter(({ sscc }) => sscc === parcel.sscc) ?? [];
  return (
    <li>
      <div>
        <b className="code">{parcel.sscc}</b>{" "}
        <span className="hint">
          {say("weight", { weight: format.number(parcel.weight_g) })}
          {units.length > 0 && ` · ${units.join(", ")}`}
        </span>
      </div>
      <div className="hint">
        {say("left", { node, service: nameOf(service), at: format.moment(shipment.shipped_at) })}
      </div>
      {tracked && numbers.length === 0 && <div className="hint">{say("noNumber")}</div>}
      {numbers.map((one) => (
        <Told key={`${one.carrier} ${one.number}`} tracked={one} />
      ))}
    </li>
  );
}

function Told({ tracked }: { tracked: Tracked }) {
  const say = useWords(parcelWords);
  const sayCarrier = useWords(carrierWords);
  const format = useFormat();
  const { at, events } = tracked;
  return (
    <>
      <div>
        {tracked.carrier} <code>{tracked.number}</code>{" "}
        {at === null ? (
          <span className="hint">{say("noNews")}</span>
        ) : (
          <>
            <Badge meaning={meaningOfParcel(at.progress)}>
              {say("told", { says: sayCarrier(at.progress), at: format.moment(at.since) })}
            </Badge>{" "}
            <span className="hint">
              {[at.label, at.place, at.attempts > 0 && say("attempts", { count: at.attempts })]
                .filter(Boolean)
                .join(" · ")}
            </span>
          </>
        )}{" "}
        {tracked.replacement && <Badge>{say("isReplaced")}</Badge>}
      </div>
      {events.length > 0 && (
        <details>
          <summary className="hint">{say("heard", { count: events.length })}</summary>
          <ol className="timeline">
            {[...events].reverse().map((one) => (
              <li key={`${one.happened_at} ${one.code} ${one.place}`}>
                <span className="hint">{format.moment(one.happened_at)}</span>
                <span>
                  {sayCarrier(one.progress)}{" "}
                  <span className="hint">{[one.label, one.place].filter(Boolean).join(" · ")}</span>
                </span>
              </li>
            ))}
          </ol>
        </details>
      )}
    </>
  );
}
