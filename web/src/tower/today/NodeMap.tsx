import { useMemo } from "react";
import { Link } from "react-router";
import type { Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { AsTable } from "../../ui/parts";
import { frameOf, GAP, type Point, RING, withRoom } from "./geography";
import { loadOf, meaningOf, toPick } from "./model";
import { useShores } from "./shores";
import { todayWords } from "./words";

type Node = Shapes["NodeLoad"];

const ROUND = 2 * Math.PI * RING;

/** Nodes where they lie, each with a ring that fills as its day does; no tiles, no network. */
export function NodeMap({ nodes }: { nodes: readonly Node[] }) {
  const say = useWords(todayWords);
  const format = useFormat();
  const behind = useBehind();
  const frame = useMemo(
    () => frameOf(nodes.map(({ longitude, latitude }): Point => [longitude, latitude])),
    [nodes],
  );
  const shores = useShores(frame);
  const byLoad = [...nodes].sort((one, other) => (loadOf(one) ?? 0) - (loadOf(other) ?? 0));
  const named = useMemo(() => {
    const fullest = [...nodes].sort((one, other) => (loadOf(other) ?? 0) - (loadOf(one) ?? 0));
    return withRoom(
      fullest.map(({ node, longitude, latitude }) => ({
        name: node,
        at: frame.place([longitude, latitude]),
      })),
      frame.width,
    );
  }, [nodes, frame]);
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a picture with links in it is no other element */}
      <svg
        className="map"
        viewBox={`0 0 ${frame.width} ${frame.height}`}
        role="group"
        aria-label={say("map")}
      >
        <path className="land" d={shores} />
        {byLoad.map((node) => {
          const [x, y] = frame.place([node.longitude, node.latitude]);
          const load = loadOf(node);
          const share = Math.min(1, load ?? 0);
          const told = `${node.name} · ${format.number(node.units)} · ${format.percent(load)}`;
          return (
            <Link
              key={node.node}
              to={behind(node.node)}
              aria-label={told}
              className={`node ${meaningOf(node)}`}
            >
              <g transform={`translate(${x} ${y})`}>
                <title>{told}</title>
                <circle className="ring-ground" r={RING} />
                <circle
                  className="ring"
                  r={RING}
                  strokeDasharray={`${share * ROUND} ${ROUND}`}
                  transform="rotate(-90)"
                />
                <circle className={node.is_open ? "heart" : "heart is-closed"} r={4} />
                {named.has(node.node) && (
                  <text
                    x={named.get(node.node) === "right" ? RING + GAP : -RING - GAP}
                    y={4}
                    textAnchor={named.get(node.node) === "right" ? "start" : "end"}
                  >
                    {node.node}
                  </text>
                )}
              </g>
            </Link>
          );
        })}
      </svg>
      <AsTable>
        <NodeTable nodes={[...byLoad].reverse()} />
      </AsTable>
    </>
  );
}

/** What is behind a node's load: the orders that it has to pick, for whoever may read orders. */
function useBehind() {
  const { can } = useMe();
  return (node: string) => (can("orders.read", node) ? toPick(node) : `/exceptions?node=${node}`);
}

function NodeTable({ nodes }: { nodes: readonly Node[] }) {
  const say = useWords(todayWords);
  const behind = useBehind();
  const format = useFormat();
  return (
    <div className="small-scroll">
      <table className="small-table">
        <thead>
          <tr>
            <th>{say("node")}</th>
            <th className="number">{say("waitingLegs")}</th>
            <th className="number">{say("lateLegs")}</th>
            <th className="number">{say("capacity")}</th>
            <th className="number">{say("load")}</th>
          </tr>
        </thead>
        <tbody>
          {nodes.map((node) => (
            <tr key={node.node}>
              <th scope="row">
                <Link to={`/exceptions?node=${node.node}`}>{node.name}</Link>{" "}
                {!node.is_open && <span className="hint">{say("closed")}</span>}
              </th>
              <td className="number">
                <Link to={behind(node.node)}>{format.number(node.legs)}</Link>
              </td>
              <td className={`number ${node.late_legs > 0 ? "late" : ""}`}>
                {format.number(node.late_legs)}
              </td>
              <td className="number">{format.number(node.orders_per_day ?? node.units_per_day)}</td>
              <td className={`number ${meaningOf(node)}`}>{format.percent(loadOf(node))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
