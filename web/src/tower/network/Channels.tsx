import { Button, Modal } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { api, asked, type Shapes, versioned } from "../../api/client";
import { useDay, useMe } from "../../app/me";
import { codesOf } from "../../model/codes";
import { isLast } from "../../model/dated";
import { useFormat } from "../../model/format";
import { useWish } from "../../model/wish";
import { useWords } from "../../model/words";
import { Act } from "../../ui/Act";
import { useEdited } from "../../ui/edited";
import { Form } from "../../ui/Form";
import { Panel } from "../../ui/Panel";
import { usePages } from "../../ui/pages";
import { PageHead } from "../../ui/parts";
import { type Column, Table } from "../../ui/Table";
import { goodsWords } from "./goodsWords";
import { NODE_KINDS } from "./model";
import { ExclusionForm, SellAgain } from "./SkuParts";
import { networkWords } from "./words";

type Channel = Shapes["Channel"];
type Network = Shapes["ChannelNetwork"];

export function Channels() {
  const say = useWords(networkWords);
  const sayGoods = useWords(goodsWords);
  const { can, canEverywhere } = useMe();
  const [query, setQuery] = useSearchParams();
  const [editing, edit] = useState<Channel | "new" | null>(null);
  const mayEdit = canEverywhere("catalog.write");
  const channels = useQuery({
    queryKey: ["channels"],
    queryFn: () => asked(api.GET("/v1/channels")),
  });
  const chosen = query.get("channel") ?? channels.data?.items[0]?.code;
  return (
    <>
      <PageHead
        title={say("channels")}
        answer={say("channelsAnswer")}
        side={mayEdit && <Button onClick={() => edit("new")}>{sayGoods("newChannel")}</Button>}
      />
      <div className="grid">
        <div className="quarter">
          <Panel
            title={say("channels")}
            query={channels}
            empty={({ items }) => items.length === 0 && sayGoods("channelsEmpty")}
          >
            {({ items }) => (
              <ul className="causes">
                {items.map((one) => (
                  <li key={one.code}>
                    <button
                      type="button"
                      aria-pressed={one.code === chosen}
                      onClick={() => setQuery({ channel: one.code })}
                    >
                      <span>{one.name}</span>
                      <code>{one.code}</code>
                    </button>
                    {mayEdit && one.code === chosen && (
                      <Button size="compact-xs" variant="subtle" onClick={() => edit(one)}>
                        {say("edit")}
                      </Button>
                    )}
                  </li>
                ))}
              </ul>
            )}
          </Panel>
        </div>
        <div className="three-quarters stack">
          {chosen && (
            <>
              {can("promise.read") && <Networks channel={chosen} />}
              <Exclusions channel={chosen} mayEdit={mayEdit} />
            </>
          )}
        </div>
      </div>
      <Modal
        opened={editing !== null}
        onClose={() => edit(null)}
        title={editing === "new" || !editing ? sayGoods("newChannel") : editing.name}
        transitionProps={{ duration: 0 }}
      >
        {editing && (
          <EditChannel channel={editing === "new" ? null : editing} done={() => edit(null)} />
        )}
      </Modal>
    </>
  );
}

function EditChannel({ channel, done }: { channel: Channel | null; done: () => void }) {
  const say = useWords(networkWords);
  const sayGoods = useWords(goodsWords);
  const queries = useQueryClient();
  const one = useEdited<Channel | null>(["channel", channel?.code], async () =>
    channel
      ? versioned(
          api.GET("/v1/channels/{channel}", { params: { path: { channel: channel.code } } }),
        )
      : { value: null, etag: "" },
  );
  return (
    <Panel query={one} lines={3}>
      {({ value, etag }) => (
        <Form
          fields={[
            {
              name: "code",
              label: sayGoods("code"),
              value: value?.code,
              isRequired: true,
              isFixed: value !== null,
            },
            { name: "name", label: sayGoods("channelName"), value: value?.name, isRequired: true },
          ]}
          submit={say("save")}
          cancel={done}
          send={({ code = "", name = "" }) =>
            asked(
              api.PUT("/v1/channels/{channel}", {
                params: {
                  path: { channel: code },
                  header: { "If-Match": etag || undefined },
                },
                body: { name },
              }),
            )
          }
          done={() => {
            queries.invalidateQueries({ queryKey: ["channels"] });
            done();
          }}
        />
      )}
    </Panel>
  );
}

function Networks({ channel }: { channel: string }) {
  const say = useWords(goodsWords);
  const sayNetwork = useWords(networkWords);
  const format = useFormat();
  const { canEverywhere } = useMe();
  const mayEdit = canEverywhere("promise.write");
  const [isAdding, setAdding] = useState(false);
  const { data: day } = useDay();
  const networks = useQuery({
    queryKey: ["channel-networks", channel],
    queryFn: () =>
      asked(api.GET("/v1/channel-networks", { params: { query: { channel, limit: 200 } } })),
  });
  return (
    <Panel
      title={say("networks")}
      query={networks}
      lines={2}
      side={
        mayEdit && (
          <Button size="compact-xs" variant="subtle" onClick={() => setAdding(true)}>
            {say("newNetwork")}
          </Button>
        )
      }
    >
      {({ items }) => (
        <>
          {items.length === 0 && <p className="hint">{say("networksEmpty")}</p>}
          <ul className="plain-list">
            {items.map((one) => (
              <li key={one.id}>
                <span>
                  <b>
                    {[...one.nodes, ...one.node_kinds.map((kind) => sayNetwork(kind))].join(", ")}
                  </b>{" "}
                  <span className="hint">
                    {[
                      one.reason,
                      ...[one.valid_from, one.valid_until].filter(Boolean).map(format.date),
                    ].join(" · ")}
                  </span>
                </span>
                {mayEdit && day && <DropNetwork one={one} opens={isLast(one.id, items, day)} />}
              </li>
            ))}
          </ul>
          <Modal
            opened={isAdding}
            onClose={() => setAdding(false)}
            title={say("newNetwork")}
            transitionProps={{ duration: 0 }}
          >
            <NewNetwork channel={channel} done={() => setAdding(false)} />
          </Modal>
        </>
      )}
    </Panel>
  );
}

/** What says last today who serves a channel is taken away only by who wants all nodes to. */
function DropNetwork({ one, opens }: { one: Network; opens: boolean }) {
  const say = useWords(goodsWords);
  return (
    <Act
      label={say("drop")}
      variant="subtle"
      confirm={say(opens ? "dropLastNetwork" : "dropNetwork")}
      isLate={opens}
      act={() =>
        asked(
          api.DELETE("/v1/channel-networks/{network}", {
            params: { path: { network: one.id }, query: { opens } },
          }),
        )
      }
      done={say("dropped")}
      stale={[["channel-networks"]]}
    />
  );
}

function NewNetwork({ channel, done }: { channel: string; done: () => void }) {
  const say = useWords(goodsWords);
  const sayNetwork = useWords(networkWords);
  const queries = useQueryClient();
  const wish = useWish("network");
  return (
    <Form
      fields={[
        { name: "nodes", label: say("nodes"), hint: say("networkHint") },
        {
          name: "node_kinds",
          label: say("kinds"),
          type: "checks",
          options: NODE_KINDS.map((value) => ({ value, label: sayNetwork(value) })),
        },
        { name: "valid_from", label: say("from"), type: "date" },
        { name: "valid_until", label: say("until"), type: "date" },
        { name: "reason", label: say("reason"), isRequired: true },
      ]}
      submit={sayNetwork("save")}
      cancel={done}
      send={(given) =>
        wish((id) =>
          asked(
            api.PUT("/v1/channel-networks/{network}", {
              params: { path: { network: id } },
              body: {
                id,
                channel,
                nodes: codesOf(given.nodes),
                node_kinds: codesOf(given.node_kinds) as Shapes["NodeKind"][],
                reason: given.reason ?? "",
                valid_from: given.valid_from || null,
                valid_until: given.valid_until || null,
              },
            }),
          ),
        )
      }
      done={() => {
        queries.invalidateQueries({ queryKey: ["channel-networks"] });
        done();
      }}
    />
  );
}

function Exclusions({ channel, mayEdit }: { channel: string; mayEdit: boolean }) {
  const say = useWords(goodsWords);
  const [isAdding, setAdding] = useState(false);
  const pages = usePages(["exclusions", "list", channel], (cursor) =>
    asked(
      api.GET("/v1/channels/{channel}/exclusions", {
        params: { path: { channel }, query: { cursor, limit: 100 } },
      }),
    ),
  );
  const columns: Column<Shapes["Exclusion"]>[] = [
    { key: "sku", head: say("sku"), cell: (row) => <b className="code">{row.sku}</b> },
    { key: "reason", head: say("reason"), cell: (row) => row.reason },
    {
      key: "act",
      head: "",
      cell: (row) => mayEdit && <SellAgain channel={channel} sku={row.sku} />,
    },
  ];
  return (
    <section className="panel">
      <header className="panel-head">
        <h2>{say("exclusions")}</h2>
        {mayEdit && (
          <Button size="compact-xs" variant="subtle" onClick={() => setAdding(true)}>
            {say("leaveOut")}
          </Button>
        )}
      </header>
      <Table
        label={say("exclusions")}
        columns={columns}
        pages={pages}
        rowKey={(row) => row.sku}
        empty={say("exclusionsEmpty")}
      />
      <Modal
        opened={isAdding}
        onClose={() => setAdding(false)}
        title={say("leaveOut")}
        transitionProps={{ duration: 0 }}
      >
        <ExclusionForm channel={channel} done={() => setAdding(false)} />
      </Modal>
    </section>
  );
}
