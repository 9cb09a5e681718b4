import { Button, Modal, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { api, asked, type Shapes } from "../../api/client";
import { useLive } from "../../api/live";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { mayNetwork } from "../../model/reach";
import { useLanguage, useWords } from "../../model/words";
import { Panel } from "../../ui/Panel";
import { allPages } from "../../ui/pages";
import { AsTable, Legend, PageHead, StackedBar } from "../../ui/parts";
import { comingOf } from "./lists/model";
import { Costs } from "./lists/Nodes";
import {
  byNode,
  type NodeRow,
  STATES,
  type Stair,
  stairs,
  sumOf,
  termsOf,
  together,
} from "./model";
import { type About, WhyThis } from "./WhyThis";
import { stockWords } from "./words";

/** Every SKU is heard, for the stream tells none apart: this one is asked for at most so often. */
const CALM_MS = 20_000;

/** Where its units lie, page after page. */
function balances(sku: string): Promise<Shapes["Balance"][]> {
  return allPages((cursor) =>
    asked(api.GET("/v1/balances", { params: { query: { sku: [sku], limit: 1000, cursor } } })),
  );
}

/** A SKU at every node and in every state, what can be promised of it, and why. */
export function OneSku() {
  const say = useWords(stockWords);
  const format = useFormat();
  const { sku = "" } = useParams();
  const { reach, can, canEverywhere } = useMe();
  const named = useQuery({
    queryKey: ["sku", sku],
    queryFn: () => asked(api.GET("/v1/skus/{sku}", { params: { path: { sku } } })),
  });
  const rows = useQuery({
    queryKey: ["stock", sku],
    queryFn: async () => {
      const [lying, free] = await Promise.all([
        balances(sku),
        asked(api.GET("/v1/availability", { params: { query: { sku: [sku] } } })),
      ]);
      return byNode(lying, free.items);
    },
  });
  const whys = useQuery({
    queryKey: ["stock", sku, "narrowed"],
    queryFn: async () => {
      const { items } = await asked(api.GET("/v1/atp/narrowed", { params: { query: { sku } } }));
      return new Map(items.map(({ node, why }) => [node, why]));
    },
  });
  const curve = useQuery({
    queryKey: ["stock", sku, "curve"],
    queryFn: async () => {
      const found = await asked(
        api.GET("/v1/atp", { params: { query: { sku: [sku], explain: true } } }),
      );
      return together(found.items);
    },
  });
  useLive(["stock.*", "order.*"], [["stock", sku]], can("events.read"), CALM_MS);
  const [asking, ask] = useState<About | null>(null);
  const today = curve.data?.steps[0]?.units;
  return (
    <>
      <PageHead
        title={named.data ? `${sku} · ${named.data.name}` : sku}
        answer={
          rows.data &&
          say("total", {
            available: format.number(sumOf(rows.data, "available")),
            total: format.number(rows.data.reduce((sum, row) => sum + row.total, 0)),
            atp: format.number(today),
          })
        }
        side={
          <>
            {mayNetwork(reach) && can("catalog.read") && (
              <Link to={`/network/skus/${sku}`}>{say("catalogued")}</Link>
            )}
            <Link to="/stock">{say("back")}</Link>
          </>
        }
      />
      <div className="grid">
        <div className="two-thirds stack">
          <Panel
            title={say("nodes")}
            query={rows}
            lines={8}
            empty={(found) => found.length === 0 && say("nodesEmpty")}
          >
            {(found) => <Nodes rows={found} whys={whys.data} ask={ask} />}
          </Panel>
          {can("catalog.read") && <Channels sku={sku} />}
          {canEverywhere("value.read") && <Costs sku={sku} />}
        </div>
        <div className="third stack">
          <Panel
            title={say("curve")}
            query={curve}
            empty={(found) => found.steps.length === 0 && say("curveEmpty")}
          >
            {(found) => <Stairs steps={found.steps} />}
          </Panel>
          <Panel
            title={say("terms")}
            query={curve}
            empty={(found) => found.steps.length === 0 && say("curveEmpty")}
          >
            {(found) => <Terms terms={found.terms ?? []} />}
          </Panel>
          <Panel
            title={say("coming")}
            query={curve}
            empty={(found) => comingOf(found.terms ?? []).length === 0 && say("comingEmpty")}
          >
            {(found) => <Coming terms={found.terms ?? []} />}
          </Panel>
        </div>
      </div>
      <Modal
        opened={asking !== null}
        onClose={() => ask(null)}
        size="xl"
        title={
          asking && (
            <>
              {say("whyTitle", { count: format.number(asking.units) })}{" "}
              <span className="hint">
                {say("whyOf", { sku, node: asking.node, state: say(asking.state) })}
              </span>
            </>
          )
        }
      >
        {asking && <WhyThis sku={sku} about={asking} />}
      </Modal>
    </>
  );
}

interface NodesProps {
  rows: readonly NodeRow[];
  /** Why a node promises nothing of it, sends none, or begins later. */
  whys: ReadonlyMap<string, Shapes["Text"]> | undefined;
  ask: (about: About) => void;
}

function Nodes({ rows, whys, ask }: NodesProps) {
  const say = useWords(stockWords);
  const language = useLanguage();
  const used = STATES.filter((state) => state === "available" || sumOf(rows, state) > 0);
  const most = Math.max(1, ...rows.map((row) => row.total));
  const legend = used.map((state) => ({
    key: state,
    label: say(state),
    value: sumOf(rows, state),
  }));
  return (
    <>
      <StackedBar parts={legend} />
      <Legend parts={legend} />
      <div className="small-scroll">
        <table className="small-table">
          <thead>
            <tr>
              <th>{say("node")}</th>
              <th className="wide-only">{say("units")}</th>
              {used.map((state) => (
                <th key={state} className="number">
                  {say(state)}
                </th>
              ))}
              <th className="number">{say("atp")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.node}>
                <th scope="row">
                  <span className="two-lines">
                    <span>{row.node}</span>
                    {whys?.has(row.node) && (
                      <span className="hint">{whys.get(row.node)?.[language]}</span>
                    )}
                  </span>
                </th>
                <td className="wide-only bar-cell">
                  <StackedBar
                    total={most}
                    parts={used.map((state) => ({
                      key: state,
                      label: say(state),
                      value: row.units[state] ?? 0,
                    }))}
                  />
                </td>
                {used.map((state) => (
                  <td key={state} className="number">
                    <Ask node={row.node} state={state} units={row.units[state] ?? 0} ask={ask} />
                  </td>
                ))}
                <td className="number">
                  <Promised row={row} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Ask({ ask, ...about }: About & { ask: (about: About) => void }) {
  const say = useWords(stockWords);
  const format = useFormat();
  return (
    <Button
      size="compact-xs"
      variant="subtle"
      aria-label={say("ask", {
        count: about.units,
        node: about.node,
        state: say(about.state),
      })}
      onClick={() => ask(about)}
    >
      {format.number(about.units)}
    </Button>
  );
}

/** What a node can promise, and on hover or focus of what that is made. */
function Promised({ row }: { row: NodeRow }) {
  const say = useWords(stockWords);
  const format = useFormat();
  if (!row.free) return <b>{format.number(row.promised ?? 0)}</b>;
  const terms = (
    <dl className="terms-tip">
      {termsOf(row.free).map(([term, units]) => (
        <div key={term}>
          <dt>{say(term === "on_shelf" && row.free?.is_made ? "capacity" : term)}</dt>
          <dd>
            {units > 0 && "+"}
            {format.number(units)}
          </dd>
        </div>
      ))}
    </dl>
  );
  return (
    <Tooltip
      label={terms}
      events={{ hover: true, focus: true, touch: true }}
      transitionProps={{ duration: 0 }}
    >
      <button type="button" className="tip-button">
        {format.number(row.free.units)}
      </button>
    </Tooltip>
  );
}

/** What each channel can have of it now, and what is kept from it for the others. */
function Channels({ sku }: { sku: string }) {
  const say = useWords(stockWords);
  const format = useFormat();
  const found = useQuery({
    queryKey: ["stock", sku, "channels"],
    queryFn: async () => {
      const channels = await asked(api.GET("/v1/channels"));
      const rows = await Promise.all(
        channels.items.slice(0, MOST_CHANNELS).map(async ({ code, name }) => {
          const query = { sku: [sku], channel: code };
          const { items } = await asked(api.GET("/v1/availability", { params: { query } }));
          const sum = (key: "units" | "protection") =>
            items.reduce((total, one) => total + one[key], 0);
          return { code, name, units: sum("units"), kept: sum("protection") };
        }),
      );
      return { rows, left: channels.items.length - rows.length };
    },
  });
  return (
    <Panel
      title={say("channels")}
      query={found}
      empty={({ rows }) => rows.length === 0 && say("channelsEmpty")}
    >
      {({ rows, left }) => (
        <>
          <table className="small-table">
            <thead>
              <tr>
                <th>{say("channel")}</th>
                <th className="number">{say("atp")}</th>
                <th className="number">{say("kept")}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((one) => (
                <tr key={one.code}>
                  <th scope="row">{one.name}</th>
                  <td className="number">{format.number(one.units)}</td>
                  <td className="number">{one.kept > 0 ? format.number(one.kept) : ""}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {left > 0 && <p className="hint">{say("channelsLeft", { count: left })}</p>}
        </>
      )}
    </Panel>
  );
}

const MOST_CHANNELS = 12;

const DOCUMENTS: Readonly<Record<string, string>> = {
  purchase: "purchases",
  asn: "asns",
  transfer: "transfers",
};

/** What is on its way, document by document, the earliest first. */
function Coming({ terms }: { terms: readonly Shapes["Term"][] }) {
  const say = useWords(stockWords);
  const format = useFormat();
  const { can } = useMe();
  return (
    <table className="small-table">
      <thead>
        <tr>
          <th>{say("day")}</th>
          <th>{say("cause")}</th>
          <th>{say("node")}</th>
          <th className="number">{say("units")}</th>
        </tr>
      </thead>
      <tbody>
        {comingOf(terms).map((one) => (
          <tr key={one.key}>
            <td className="is-whole">
              {format.day(one.day)} {one.is_late && <span className="late">{say("late")}</span>}
            </td>
            <td>
              {say(one.term as "purchase")}{" "}
              {one.document && DOCUMENTS[one.term] && can("supply.read") ? (
                <Link to={`/stock/moving/${DOCUMENTS[one.term]}/${one.document}`}>
                  {one.document}
                </Link>
              ) : (
                one.document
              )}
            </td>
            <td>{one.node}</td>
            <td className="number">{format.number(one.units)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const WIDE = 320;
const HIGH = 96;

function Stairs({ steps }: { steps: readonly Stair[] }) {
  const say = useWords(stockWords);
  const format = useFormat();
  const last = steps.at(-1);
  return (
    <>
      <svg
        className="stairs"
        viewBox={`0 -14 ${WIDE} ${HIGH + 32}`}
        role="img"
        aria-label={say("curve")}
      >
        <line x1={0} x2={WIDE} y1={HIGH} y2={HIGH} />
        <path d={stairs(steps, WIDE, HIGH)} />
        <text x={0} y={HIGH + 14}>
          {format.day(steps[0]?.day)}
        </text>
        <text x={WIDE} y={-4} textAnchor="end">
          {format.number(last?.units)}
        </text>
      </svg>
      <AsTable>
        <table className="small-table">
          <thead>
            <tr>
              <th>{say("day")}</th>
              <th className="number">{say("comes")}</th>
            </tr>
          </thead>
          <tbody>
            {steps.map((step) => (
              <tr key={step.day}>
                <td>{format.day(step.day)}</td>
                <td className="number">{format.number(step.units)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </AsTable>
    </>
  );
}

function Terms({ terms }: { terms: readonly Shapes["Term"][] }) {
  const say = useWords(stockWords);
  const format = useFormat();
  const sums = new Map<string, number>();
  for (const { term, units, is_late } of terms) {
    if (!is_late) sums.set(term, (sums.get(term) ?? 0) + units);
  }
  const known = (term: string) => {
    const said = say(term as "buffer");
    return said === term ? term.replaceAll("_", " ") : said;
  };
  return (
    <table className="small-table">
      <tbody>
        {[...sums].map(([term, units]) => (
          <tr key={term}>
            <th scope="row">{known(term)}</th>
            <td className={`number ${units < 0 ? "soon" : ""}`}>
              {units > 0 ? "+" : ""}
              {format.number(units)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
