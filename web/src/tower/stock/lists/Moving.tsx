import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useParams, useSearchParams } from "react-router";
import { api, asked, type Shapes } from "../../../api/client";
import { useLive } from "../../../api/live";
import { useMe, useNow } from "../../../app/me";
import { useFormat } from "../../../model/format";
import { useWords } from "../../../model/words";
import { useActor } from "../../../ui/actors";
import { type Fact, Facts } from "../../../ui/Facts";
import { Panel } from "../../../ui/Panel";
import { PAGE_ROWS, usePages } from "../../../ui/pages";
import { Badge, PageHead } from "../../../ui/parts";
import { type Column, Table } from "../../../ui/Table";
import { AsnActs, PurchaseActs, TransferActs } from "../supply/Acts";
import { NewAsn } from "../supply/Asn";
import { NewPurchase } from "../supply/Purchase";
import { NewTransfer } from "../supply/Transfer";
import { isLate, turnOf } from "./model";
import { Parts } from "./Parts";
import { listWords } from "./words";

const KINDS = ["purchases", "asns", "transfers", "receipts"] as const;
type Kind = (typeof KINDS)[number];

const ASK: Record<
  Exclude<Kind, "receipts">,
  (cursor?: string) => Promise<{ items: readonly Row[]; next: string | null }>
> = {
  purchases: (cursor?: string) =>
    asked(api.GET("/v1/purchase-orders", { params: { query: { cursor, limit: PAGE_ROWS } } })),
  asns: (cursor?: string) =>
    asked(api.GET("/v1/asns", { params: { query: { cursor, limit: PAGE_ROWS } } })),
  transfers: (cursor?: string) =>
    asked(api.GET("/v1/transfers", { params: { query: { cursor, limit: PAGE_ROWS } } })),
};

const HEARD = ["purchase.*", "asn.*", "transfer.*"];

/** What is on its way to us or between nodes, and what was counted in; a list for each. */
export function Moving() {
  const say = useWords(listWords);
  const [query, setQuery] = useSearchParams();
  const { can } = useMe();
  const kind = KINDS.find((one) => one === query.get("kind")) ?? "purchases";
  useLive(HEARD, [["moving"]], can("events.read"));
  return (
    <>
      <PageHead
        title={say("moving")}
        answer={say("movingAnswer")}
        side={can("supply.write") && <New kind={kind} />}
      />
      <Parts />
      <SegmentedControl
        className="above-table"
        size="xs"
        aria-label={say("kind")}
        value={kind}
        onChange={(value) => setQuery({ kind: value }, { replace: true })}
        data={KINDS.map((value) => ({ value, label: say(value) }))}
      />
      {kind === "receipts" ? <Receipts /> : <Expected key={kind} kind={kind} />}
    </>
  );
}

/** What can be made beside a list; a receipt is made of what was expected. */
function New({ kind }: { kind: Kind }) {
  if (kind === "transfers") return <NewTransfer />;
  return kind === "asns" ? <NewAsn /> : <NewPurchase />;
}

type Row = Shapes["Purchase"] | Shapes["Asn"] | Shapes["SupplyTransfer"];

function Expected({ kind }: { kind: Exclude<Kind, "receipts"> }) {
  const say = useWords(listWords);
  const pages = usePages<Row>(["moving", kind], ASK[kind], { keeps: true });
  const columns: Column<Row>[] = [
    { key: "id", head: say("id"), cell: (row) => <b className="code">{row.id}</b> },
    {
      key: "from",
      head: say(kind === "transfers" ? "from" : "supplier"),
      cell: (row) => ("source" in row ? row.source : row.supplier),
    },
    { key: "to", head: say("to"), cell: (row) => ("target" in row ? row.target : row.node) },
    { key: "status", head: say("status"), cell: (row) => <Status row={row} /> },
    { key: "day", head: say("expected"), cell: (row) => <Day on={row.expected_on} /> },
  ];
  return (
    <Table
      list={kind}
      label={say(kind)}
      columns={columns}
      pages={pages}
      rowKey={(row) => row.id}
      to={(row) => `/stock/moving/${kind}/${row.id}`}
      empty={say(`${kind}Empty`)}
    />
  );
}

function Status({ row }: { row: Row }) {
  const say = useWords(listWords);
  if ("source" in row) return say(turnOf(row));
  if (row.closed_at !== null) return say("closed");
  return say("announced_at" in row ? "underWay" : "expected");
}

function Day({ on, isOver = false }: { on: string; isOver?: boolean }) {
  const say = useWords(listWords);
  const format = useFormat();
  const now = useNow();
  return (
    <>
      {format.day(on)} {!isOver && isLate(on, now) && <Badge meaning="late">{say("late")}</Badge>}
    </>
  );
}

function Receipts() {
  const say = useWords(listWords);
  const format = useFormat();
  const pages = usePages(["moving", "receipts"], (cursor) =>
    asked(api.GET("/v1/receipts", { params: { query: { cursor, limit: PAGE_ROWS } } })),
  );
  const columns: Column<Shapes["Receipt"]>[] = [
    { key: "id", head: say("id"), cell: (row) => <b className="code">{row.id}</b> },
    { key: "of", head: say("of"), cell: (row) => row.purchase_order ?? row.asn ?? row.transfer },
    { key: "to", head: say("to"), cell: (row) => row.node },
    { key: "at", head: say("receivedAt"), cell: (row) => format.moment(row.received_at) },
    {
      key: "units",
      head: say("units"),
      isNumber: true,
      cell: (row) => format.number(row.units),
    },
    {
      key: "differed",
      head: say("differed"),
      isNumber: true,
      cell: (row) =>
        row.discrepancies > 0 ? (
          <span className="soon">{format.number(row.discrepancies)}</span>
        ) : (
          ""
        ),
    },
  ];
  return (
    <Table
      list="receipts"
      label={say("receipts")}
      columns={columns}
      pages={pages}
      rowKey={(row) => row.id}
      to={(row) => `/stock/moving/receipts/${row.id}`}
      empty={say("receiptsEmpty")}
    />
  );
}

interface Told {
  facts: Fact[];
  heads: string[];
  lines: { sku: string; numbers: (number | string)[] }[];
  /** What may be done with it now. */
  acts?: ReactNode;
}

/** One purchase order, ASN, transfer or receipt, with its lines. */
export function OneMoving() {
  const say = useWords(listWords);
  const { kind = "", id = "" } = useParams();
  const known = KINDS.find((one) => one === kind) ?? "purchases";
  const { can } = useMe();
  useLive(HEARD, [["moving", kind, id]], can("events.read"));
  const told = useTold(known, id);
  return (
    <>
      <PageHead
        title={say(`one_${known}`, { id })}
        side={
          <>
            {told.data?.acts}
            <Link to={`/stock/all/moving?kind=${known}`}>{say("back")}</Link>
          </>
        }
      />
      <Parts />
      <Panel title={say("lines")} query={told} lines={6}>
        {(found) => <Document told={found} />}
      </Panel>
    </>
  );
}

function Document({ told }: { told: Told }) {
  const say = useWords(listWords);
  const format = useFormat();
  return (
    <>
      <Facts facts={told.facts} />
      <div className="small-scroll">
        <table className="small-table">
          <thead>
            <tr>
              <th>{say("sku")}</th>
              {told.heads.map((head) => (
                <th key={head} className="number">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {told.lines.map((line) => (
              <tr key={line.sku}>
                <th scope="row">
                  <Link className="code" to={`/stock/${line.sku}`}>
                    {line.sku}
                  </Link>
                </th>
                {line.numbers.map((value, place) => (
                  <td key={told.heads[place]} className="number">
                    {typeof value === "number" ? format.number(value) : value}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function useTold(kind: Kind, id: string) {
  const say = useWords(listWords);
  const format = useFormat();
  const offOf = useOff();
  const ordered = [say("ordered"), say("came"), say("left")];
  const still = (quantity: number, received: number, closed: string | null) => [
    quantity,
    received,
    closed === null ? Math.max(0, quantity - received) : 0,
  ];
  const ask: Record<Kind, () => Promise<Told>> = {
    purchases: async () => {
      const path = { purchase_id: id };
      const one = await asked(api.GET("/v1/purchase-orders/{purchase_id}", { params: { path } }));
      return {
        facts: [
          [say("supplier"), one.supplier],
          [say("to"), <NodeLink key="to" node={one.node} />],
          [say("expected"), <Day key="on" on={one.expected_on} isOver={one.closed_at !== null} />],
          ...offOf(one.cancelled),
        ],
        acts: <PurchaseActs purchase={one} />,
        heads: ordered,
        lines: one.lines.map((line) => ({
          sku: line.sku,
          numbers: still(line.quantity, line.received, one.closed_at),
        })),
      };
    },
    asns: async () => {
      const path = { asn_id: id };
      const one = await asked(api.GET("/v1/asns/{asn_id}", { params: { path } }));
      return {
        facts: [
          [say("supplier"), one.supplier],
          [say("to"), <NodeLink key="to" node={one.node} />],
          [say("of"), one.purchase_order ?? "—"],
          [say("expected"), <Day key="on" on={one.expected_on} isOver={one.closed_at !== null} />],
        ],
        acts: <AsnActs asn={one} />,
        heads: ordered,
        lines: one.lines.map((line) => ({
          sku: line.sku,
          numbers: still(line.quantity, line.received, one.closed_at),
        })),
      };
    },
    transfers: async () => {
      const path = { transfer_id: id };
      const one = await asked(api.GET("/v1/transfers/{transfer_id}", { params: { path } }));
      return {
        facts: [
          [say("from"), <NodeLink key="from" node={one.source} />],
          [say("to"), <NodeLink key="to" node={one.target} />],
          [say("status"), say(turnOf(one))],
          [
            say("expected"),
            <Day
              key="on"
              on={one.expected_on}
              isOver={(one.cancelled ?? one.received_at) !== null}
            />,
          ],
          ...offOf(one.cancelled),
        ],
        acts: <TransferActs transfer={one} />,
        heads: [say("planned"), say("sent"), say("came")],
        lines: one.lines.map((line) => ({
          sku: line.sku,
          numbers: [line.planned, line.dispatched, line.received],
        })),
      };
    },
    receipts: async () => {
      const path = { receipt_id: id };
      const one = await asked(api.GET("/v1/receipts/{receipt_id}", { params: { path } }));
      const differed = new Map(one.differed.map((line) => [line.sku, line]));
      const skus = new Set([...one.lines, ...one.differed].map((line) => line.sku));
      const came = new Map(one.lines.map((line) => [line.sku, line.quantity]));
      return {
        facts: [
          [say("of"), one.purchase_order ?? one.asn ?? one.transfer],
          [say("to"), <NodeLink key="to" node={one.node} />],
          [say("receivedAt"), format.moment(one.received_at)],
        ],
        heads: [say("expected"), say("came"), say("reason")],
        lines: [...skus].sort().map((sku) => ({
          sku,
          numbers: [
            differed.get(sku)?.expected ?? "—",
            came.get(sku) ?? 0,
            differed.get(sku)?.reason ?? "",
          ],
        })),
      };
    },
  };
  return useQuery({ queryKey: ["moving", kind, id, say("left")], queryFn: ask[kind] });
}

/** When it was called off, by whom and why. */
function useOff(): (off: Shapes["CalledOff"] | null) => Fact[] {
  const say = useWords(listWords);
  const format = useFormat();
  const actorOf = useActor();
  return (off) => {
    if (!off) return [];
    const actor = actorOf(off.actor, off.actor_name);
    const when = format.moment(off.at);
    return [[say("cancelled"), say("cancelledBy", { when, actor, reason: off.reason })]];
  };
}

function NodeLink({ node }: { node: string }) {
  return <Link to={`/stock/nodes/${node}`}>{node}</Link>;
}
