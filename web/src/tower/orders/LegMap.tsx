import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, asked, type Shapes } from "../../api/client";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { frameOf, GAP, type Point, RING, withRoom } from "../today/geography";
import { useShores } from "../today/shores";
import { type Way, wayOf } from "./model";
import { ordersWords } from "./words";

type Leg = Shapes["Leg"];

interface Spot {
  leg: Leg;
  at: Point;
  way: Way;
}

/** From each node that sends to where the customer is; what is on its way is a full line. */
export function LegMap({ order }: { order: Shapes["Order"] }) {
  const { latitude, longitude } = order.destination;
  const legs = order.legs.filter((leg) => leg.withdrawn_at === null);
  const codes = [...new Set(legs.map((leg) => leg.node))];
  const nodes = useQueries({
    queries: codes.map((node) => ({
      queryKey: ["node", node],
      queryFn: () => asked(api.GET("/v1/nodes/{node}", { params: { path: { node } } })),
      staleTime: 60_000,
    })),
    combine: (found) => found.flatMap((one) => one.data ?? []),
  });
  if (latitude === null || longitude === null || nodes.length === 0) return null;
  const places = new Map(nodes.map((node) => [node.code, node]));
  const spots = legs.flatMap((leg): Spot[] => {
    const node = places.get(leg.node);
    return node ? [{ leg, at: [node.longitude, node.latitude], way: wayOf(leg) }] : [];
  });
  return <Drawn spots={spots} home={[longitude, latitude]} town={order.destination.town} />;
}

function Drawn({ spots, home, town }: { spots: readonly Spot[]; home: Point; town: string }) {
  const say = useWords(ordersWords);
  const format = useFormat();
  const frame = useMemo(() => frameOf([home, ...spots.map(({ at }) => at)]), [home, spots]);
  const shores = useShores(frame);
  const [homeX, homeY] = frame.place(home);
  const nodes = [...new Map(spots.map((spot) => [spot.leg.node, spot])).values()];
  const named = withRoom(
    [
      { name: town, at: [homeX, homeY] },
      ...nodes.map(({ leg, at }) => ({ name: leg.node, at: frame.place(at) })),
    ],
    frame.width,
  );
  return (
    <svg
      className="map leg-map"
      viewBox={`0 0 ${frame.width} ${frame.height}`}
      role="img"
      aria-label={say("map")}
    >
      <path className="land" d={shores} />
      {spots.map(({ leg, at, way }) => {
        const [x, y] = frame.place(at);
        return (
          <path key={leg.id} className={`way ${way}`} d={`M${x} ${y}L${homeX} ${homeY}`}>
            <title>
              {`${leg.node} → ${town} · ${say(way)} · ${format.day(leg.delivered_at ?? leg.arrives_on)}`}
            </title>
          </path>
        );
      })}
      {nodes.map(({ leg, at }) => {
        const [x, y] = frame.place(at);
        return (
          <g key={leg.node} className="node" transform={`translate(${x} ${y})`}>
            <circle className="ring-ground" r={RING} />
            <circle className="heart" r={4} />
            <Name name={leg.node} side={named.get(leg.node)} />
          </g>
        );
      })}
      <g className="home" transform={`translate(${homeX} ${homeY})`}>
        <path d="M-7 0L0 -8L7 0V7H-7Z" />
        <Name name={town} side={named.get(town)} />
      </g>
    </svg>
  );
}

function Name({ name, side }: { name: string; side: "left" | "right" | undefined }) {
  if (!side) return null;
  return (
    <text
      x={side === "right" ? RING + GAP : -RING - GAP}
      y={4}
      textAnchor={side === "right" ? "start" : "end"}
    >
      {name}
    </text>
  );
}
