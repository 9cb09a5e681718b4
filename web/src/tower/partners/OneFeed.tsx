import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { api, asked, type Shapes } from "../../api/client";
import { useLive } from "../../api/live";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { Act } from "../../ui/Act";
import { FaultTable } from "../../ui/FileJob";
import { Failure, Panel } from "../../ui/Panel";
import { usePages } from "../../ui/pages";
import { Badge, PageHead, Stat } from "../../ui/parts";
import { type Column, Table } from "../../ui/Table";
import { HEARD, KEYS } from "./asking";
import { isOpen, meaningOfFeed } from "./model";
import { partnersWords } from "./words";

type Feed = Shapes["Feed"];

const STALE = [...KEYS, ["exceptions"]];

/** One feed: what it says against the book, shelf by shelf, and what becomes of it. */
export function OneFeed() {
  const say = useWords(partnersWords);
  const format = useFormat();
  const { can } = useMe();
  const { feed = "" } = useParams();
  useLive(HEARD, KEYS, can("events.read"));
  const found = useQuery({
    queryKey: ["partners", "feed", feed],
    queryFn: () => asked(api.GET("/v1/feeds/{feed}", { params: { path: { feed } } })),
    refetchInterval: ({ state }) =>
      state.data && ["waiting", "booking"].includes(state.data.state) ? 1000 : false,
  });
  const one = found.data;
  return (
    <>
      <PageHead
        title={one ? say("feedTitle", { partner: one.partner }) : feed}
        answer={
          one && (
            <>
              <Badge meaning={meaningOfFeed(one.state)}>{say(one.state)}</Badge>{" "}
              {say("feedAnswer", {
                sent: format.moment(one.sent_at),
                counted: format.moment(one.counted_at),
              })}
            </>
          )
        }
        side={one && <Link to={`/partners/of/${one.partner}`}>{one.partner}</Link>}
      />
      <div className="stack">
        {one && isOpen(one) && <Verdict feed={one} />}
        <Panel query={found} lines={2}>
          {(told) => <Counts feed={told} />}
        </Panel>
        <h2>{say("changesTitle")}</h2>
        <Changes feed={feed} />
        {one && one.fault_count > 0 && (
          <>
            <h2>{say("faultsTitle")}</h2>
            <Faults feed={feed} />
          </>
        )}
      </div>
    </>
  );
}

/** Why it waits, and what may be done about it: each says first what it will do. */
function Verdict({ feed }: { feed: Feed }) {
  const say = useWords(partnersWords);
  const format = useFormat();
  const { can, canEverywhere } = useMe();
  const whose = useQuery({
    queryKey: ["partners", "one", feed.partner],
    queryFn: () =>
      asked(api.GET("/v1/partners/{partner}", { params: { path: { partner: feed.partner } } })),
    enabled: can("partners.write"),
  });
  const nodes = whose.data?.nodes ?? [];
  const mayWrite = nodes.length
    ? nodes.every((node) => can("partners.write", node))
    : whose.data && canEverywhere("partners.write");
  const params = { params: { path: { feed: feed.id } } };
  return (
    <section className="bulk" aria-label={say("state")}>
      <p>
        {feed.state === "held"
          ? say("heldWhy", {
              lost: format.number(feed.units_lost),
              before: format.number(feed.units_before),
            })
          : say("previewWhy")}
      </p>
      {whose.error && <Failure error={whose.error} retry={() => whose.refetch()} />}
      {mayWrite && (
        <>
          <Act
            label={say("book")}
            confirm={say("bookText", {
              partner: feed.partner,
              found: format.number(feed.units_found),
              lost: format.number(feed.units_lost),
              shelves: format.number(feed.added + feed.changed + feed.absent),
            })}
            act={() => asked(api.POST("/v1/feeds/{feed}/booking", params))}
            done={say("bookDone")}
            stale={STALE}
            variant="filled"
          />
          <Act
            label={say("reject")}
            confirm={say("rejectText")}
            act={() => asked(api.POST("/v1/feeds/{feed}/rejection", params))}
            done={say("rejectDone")}
            stale={STALE}
          />
        </>
      )}
    </section>
  );
}

const COUNTS = ["added", "changed", "unchanged", "absent", "unknown"] as const;

function Counts({ feed }: { feed: Feed }) {
  const say = useWords(partnersWords);
  const format = useFormat();
  return (
    <div className="stats">
      <Stat label={say("lines")} value={format.number(feed.lines_read)} />
      {COUNTS.map((name) => (
        <Stat key={name} label={say(name)} value={format.number(feed[name])} />
      ))}
      <Stat
        label={say("faulty")}
        value={format.number(feed.fault_count)}
        meaning={feed.fault_count > 0 ? "soon" : "plain"}
      />
      <Stat label={say("found")} value={format.number(feed.units_found)} />
      <Stat label={say("lost")} value={format.number(feed.units_lost)} />
    </div>
  );
}

function Changes({ feed }: { feed: string }) {
  const say = useWords(partnersWords);
  const format = useFormat();
  const pages = usePages(["partners", "feed", feed, "changes"], (cursor) =>
    asked(
      api.GET("/v1/feeds/{feed}/changes", {
        params: { path: { feed }, query: { cursor, limit: 100 } },
      }),
    ),
  );
  const columns: Column<Shapes["FeedChange"]>[] = [
    {
      key: "sku",
      head: say("sku"),
      cell: (row) => (
        <Link to={`/stock/${row.sku}`} className="code">
          {row.sku}
        </Link>
      ),
    },
    { key: "node", head: say("node"), cell: (row) => row.node },
    { key: "known", head: say("known"), isNumber: true, cell: (row) => format.number(row.known) },
    {
      key: "fed",
      head: say("fed"),
      isNumber: true,
      cell: (row) => (row.line === null ? say("absent") : format.number(row.fed)),
    },
    {
      key: "target",
      head: say("target"),
      isNumber: true,
      cell: (row) => format.number(row.target),
    },
    {
      key: "difference",
      head: say("difference"),
      isNumber: true,
      cell: (row) => (
        <span className={row.target < row.known ? "soon" : ""}>
          {row.target > row.known ? "+" : ""}
          {format.number(row.target - row.known)}
        </span>
      ),
    },
    {
      key: "line",
      head: say("line"),
      isNumber: true,
      cell: (row) => format.number(row.line),
    },
  ];
  return (
    <Table
      label={say("changesTitle")}
      columns={columns}
      pages={pages}
      rowKey={(row) => String(row.number)}
      empty={say("changesEmpty")}
    />
  );
}

function Faults({ feed }: { feed: string }) {
  const say = useWords(partnersWords);
  const pages = usePages(["partners", "feed", feed, "faults"], (cursor) =>
    asked(
      api.GET("/v1/feeds/{feed}/faults", {
        params: { path: { feed }, query: { cursor, limit: 100 } },
      }),
    ),
  );
  return <FaultTable label={say("faultsTitle")} pages={pages} empty={say("faultsEmpty")} />;
}
