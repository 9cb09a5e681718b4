import { Button, Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Link, useParams } from "react-router";
import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { Facts } from "../../ui/Facts";
import { Failure, Panel } from "../../ui/Panel";
import { Badge, PageHead } from "../../ui/parts";
import { useServiceName } from "../../ui/serviceNames";
import { Boxes } from "./Boxes";
import { ABILITIES, cutOffs, type Section, shortTime, spansOn, WEEK } from "./model";
import { EditNode } from "./NodeForm";
import { Load, OpenNow } from "./Nodes";
import { nodeWords } from "./nodeWords";
import { networkWords } from "./words";

type Node = Shapes["Node"];

export function OneNode() {
  const { node = "" } = useParams();
  const say = useWords(networkWords);
  const sayNode = useWords(nodeWords);
  const { can } = useMe();
  const [editing, edit] = useState<Section | null>(null);
  const one = useQuery({
    queryKey: ["node", node],
    queryFn: () => asked(api.GET("/v1/nodes/{node}", { params: { path: { node } } })),
  });
  const standing = useQuery({
    queryKey: ["node-standings", "one", node],
    queryFn: () => asked(api.GET("/v1/tower/nodes", { params: { query: { node: [node] } } })),
  });
  const now = standing.data?.items[0];
  const mayEdit = can("network.write", node);
  const part = (section: Section, show: (found: Node) => ReactNode, lines = 4) => (
    <Panel
      title={sayNode(section)}
      query={one}
      lines={lines}
      side={
        mayEdit &&
        one.data && (
          <Button
            size="compact-xs"
            variant="subtle"
            aria-label={sayNode("editTitle", { what: sayNode(section) })}
            onClick={() => edit(section)}
          >
            {say("edit")}
          </Button>
        )
      }
    >
      {show}
    </Panel>
  );
  return (
    <>
      <PageHead
        title={one.data ? `${node} · ${one.data.name}` : node}
        answer={one.data && `${say(one.data.kind)} · ${one.data.town}`}
        side={<Link to="/network">{say("back")}</Link>}
      />
      {standing.error && <Failure error={standing.error} retry={() => standing.refetch()} />}
      {now && (
        <div className="node-now">
          <OpenNow row={now} />
          <Load row={now} />
        </div>
      )}
      <div className="grid">
        <div className="third stack">
          {part("basics", (found) => (
            <Basics node={found} />
          ))}
          {part("abilities", (found) => (
            <Abilities node={found} />
          ))}
        </div>
        <div className="third stack">
          {part(
            "hours",
            (found) => (
              <Hours node={found} />
            ),
            7,
          )}
          {part("days", (found) => (
            <Days node={found} />
          ))}
        </div>
        <div className="third stack">
          {part("capacity", (found) => (
            <CapacityPart node={found} />
          ))}
          {part("departures", (found) => (
            <Departures node={found} />
          ))}
          {part("handling", (found) => (
            <Handling node={found} />
          ))}
          {can("fulfilment.read", node) && <Boxes node={node} />}
        </div>
      </div>
      <Editing section={editing} node={node} close={() => edit(null)} />
    </>
  );
}

interface EditingProps {
  section: Section | null;
  node: string;
  close: () => void;
}

function Editing({ section, node, close }: EditingProps) {
  const say = useWords(nodeWords);
  return (
    <Modal
      opened={section !== null}
      onClose={close}
      size="lg"
      title={section && say("editTitle", { what: say(section) })}
      transitionProps={{ duration: 0 }}
    >
      {section && <EditNode node={node} section={section} done={close} />}
    </Modal>
  );
}

function Basics({ node }: { node: Node }) {
  const say = useWords(nodeWords);
  const sayNetwork = useWords(networkWords);
  return (
    <Facts
      facts={[
        [sayNetwork("kind"), sayNetwork(node.kind)],
        [
          say("address"),
          [node.street, node.address_more, `${node.postcode} ${node.town}`, node.country]
            .filter(Boolean)
            .join(", "),
        ],
        [
          `${say("latitude")}, ${say("longitude").toLowerCase()}`,
          `${node.latitude}, ${node.longitude}`,
        ],
        [say("time_zone"), node.time_zone],
      ]}
    />
  );
}

function Abilities({ node }: { node: Node }) {
  const say = useWords(nodeWords);
  return (
    <ul className="abilities">
      {ABILITIES.map((name) => (
        <li key={name} className={node[name] ? "" : "hint"}>
          <span aria-hidden="true">{node[name] ? "✓" : "–"}</span> {say(name)}
          {!node[name] && <span className="unseen"> –</span>}
        </li>
      ))}
    </ul>
  );
}

function Hours({ node }: { node: Node }) {
  const say = useWords(nodeWords);
  if (node.hours.length === 0) return <p className="hint">{say("alwaysOpen")}</p>;
  return (
    <Facts
      facts={WEEK.map((day) => [
        say(`d${day}`),
        spansOn(node.hours, day).join(", ") || <span className="hint">{say("closedDay")}</span>,
      ])}
    />
  );
}

function Days({ node }: { node: Node }) {
  const say = useWords(nodeWords);
  const format = useFormat();
  const days = [
    ...node.closures.map((one) => ({ ...one, key: `${one.day} closed`, said: say("closedDay") })),
    ...node.openings.map((one) => ({
      ...one,
      key: `${one.day} ${one.opens}`,
      said: `${shortTime(one.opens)}–${shortTime(one.closes)}`,
    })),
  ].sort((one, other) => one.key.localeCompare(other.key));
  return (
    <>
      <Facts
        facts={[
          [
            say("holidays"),
            `${say(node.keeps_holidays ? "kept" : "notKept")} (${node.region ? say("ofRegion", { region: node.region }) : say("ofPostcode")})`,
          ],
          ...days.map((one) => [format.date(one.day), `${one.said} · ${one.reason}`] as const),
        ]}
      />
      {days.length === 0 && <p className="hint">{say("noDays")}</p>}
    </>
  );
}

function CapacityPart({ node }: { node: Node }) {
  const say = useWords(nodeWords);
  const sayNetwork = useWords(networkWords);
  const format = useFormat();
  const { me } = useMe();
  const told = (units: number | null, orders: number | null) =>
    [
      units === null ? "" : `${format.number(units)} ${say("units").toLowerCase()}`,
      orders === null ? "" : `${format.number(orders)} ${say("orders").toLowerCase()}`,
    ]
      .filter(Boolean)
      .join(", ");
  return (
    <Facts
      facts={[
        [say("perDay"), told(node.units_per_day, node.orders_per_day) || sayNetwork("noLimit")],
        [
          say("overtime"),
          node.overtime_units > 0
            ? say("overtimeTold", {
                units: format.number(node.overtime_units),
                money: format.money(node.overtime_cents, me.currency),
              })
            : say("noOvertime"),
        ],
        ...node.capacities.map(
          (one) =>
            [
              one.weekday === null ? format.date(one.day) : say(`d${one.weekday as 0}`),
              told(one.units, one.orders) || say("asUsual"),
            ] as const,
        ),
      ]}
    />
  );
}

function Departures({ node }: { node: Node }) {
  const say = useWords(nodeWords);
  const nameOf = useServiceName();
  const found = cutOffs(node.departures);
  if (found.length === 0) return <p className="hint">{say("noDepartures")}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section className="small-scroll" tabIndex={0} aria-label={say("departures")}>
      <table className="small-table is-week">
        <thead>
          <tr>
            <th scope="col">{say("service")}</th>
            {WEEK.map((day) => (
              <th key={day} scope="col">
                <abbr title={say(`d${day}`)}>{say(`d${day}`).slice(0, 2)}</abbr>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {found.map(([service, week]) => (
            <tr key={service}>
              <th scope="row">
                <span title={service}>{nameOf(service)}</span>
              </th>
              {WEEK.map((day) => (
                <td key={day}>{week[day] ?? "—"}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Handling({ node }: { node: Node }) {
  const say = useWords(nodeWords);
  const format = useFormat();
  const { me } = useMe();
  return (
    <>
      <Facts
        facts={[
          [say("handling_minutes"), format.number(node.handling_minutes)],
          [
            say("handling_cents", { currency: me.currency }),
            format.money(node.handling_cents, me.currency),
          ],
          [say("lead_days"), format.number(node.lead_days)],
          [say("buffer_units"), format.number(node.buffer_units)],
        ]}
      />
      {node.learns_handling && <Badge>{say("learns_handling")}</Badge>}
    </>
  );
}
