import { MultiSelect, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { Act } from "../../ui/Act";
import { Failure, Loading } from "../../ui/Panel";
import { Badge } from "../../ui/parts";
import { firstHourWords } from "./words";

type Launch = Shapes["Launch"];
type NodeKind = Shapes["ChannelNetwork"]["node_kinds"][number];

const KEYS = [["launches"], ["networks"]];
const NO_STORES: NodeKind[] = [
  "warehouse",
  "supplier",
  "printer",
  "maker",
  "third_party",
  "marketplace",
  "relay",
  "digital",
];

/** Stores of a channel, switched on together, each group when those before it do well. */
export function Launches() {
  const say = useWords(firstHourWords);
  const [picked, pick] = useState<string | null>(null);
  const channels = useQuery({
    queryKey: ["channels"],
    queryFn: () => asked(api.GET("/v1/channels")),
  });
  const channel = picked ?? channels.data?.items[0]?.code ?? null;
  return (
    <section className="panel" id="launches" aria-labelledby="launches-head">
      <header className="panel-head">
        <h2 id="launches-head">{say("launches")}</h2>
        {channel && (
          <Select
            size="xs"
            aria-label={say("channel")}
            value={channel}
            onChange={pick}
            data={(channels.data?.items ?? []).map(({ code, name }) => ({
              value: code,
              label: name,
            }))}
            allowDeselect={false}
            comboboxProps={{ transitionProps: { duration: 0 } }}
          />
        )}
      </header>
      <p className="hint">{say("launchesText")}</p>
      {channels.error && <Failure error={channels.error} retry={() => channels.refetch()} />}
      {channel && <OfChannel key={channel} channel={channel} />}
    </section>
  );
}

function OfChannel({ channel }: { channel: string }) {
  const say = useWords(firstHourWords);
  const { canEverywhere } = useMe();
  const launches = useQuery({
    queryKey: ["launches", channel],
    queryFn: () => asked(api.GET("/v1/launches", { params: { query: { channel, limit: 100 } } })),
  });
  const networks = useQuery({
    queryKey: ["networks", channel],
    queryFn: () =>
      asked(api.GET("/v1/channel-networks", { params: { query: { channel, limit: 1000 } } })),
  });
  const error = launches.error ?? networks.error;
  if (error) return <Failure error={error} retry={() => launches.refetch()} />;
  if (!launches.data || !networks.data) return <Loading lines={4} />;
  const known = networks.data.items;
  const mayWrite = canEverywhere("promise.write");
  if (known.length === 0) return <Everybody channel={channel} mayWrite={mayWrite} />;
  const on = new Set(known.flatMap(({ nodes }) => nodes));
  return (
    <>
      {launches.data.items.length === 0 && <p>{say("onlyBase")}</p>}
      {launches.data.items.map((one) => (
        <OneLaunch key={one.network} launch={one} mayWrite={mayWrite} />
      ))}
      {mayWrite && <Next channel={channel} on={on} number={launches.data.items.length + 1} />}
    </>
  );
}

/** Without a network every node serves a channel: the first step is to keep stores out of it. */
function Everybody({ channel, mayWrite }: { channel: string; mayWrite: boolean }) {
  const say = useWords(firstHourWords);
  const network = `${channel}-base`;
  return (
    <>
      <p>{say("everybody")}</p>
      {mayWrite && (
        <Act
          label={say("keepOut")}
          confirm={say("keepOutConfirm")}
          done={say("keepOutDone")}
          stale={KEYS}
          act={() => save(network, { channel, kinds: NO_STORES, reason: say("keepOutReason") })}
          undo={() => end(network)}
        />
      )}
    </>
  );
}

interface Wanted {
  channel: string;
  nodes?: string[];
  kinds?: NodeKind[];
  reason: string;
  from?: string;
}

function save(network: string, { channel, nodes = [], kinds = [], reason, from }: Wanted) {
  return asked(
    api.PUT("/v1/channel-networks/{network}", {
      params: { path: { network } },
      body: {
        id: network,
        channel,
        nodes,
        node_kinds: kinds,
        reason,
        valid_from: from ?? null,
        valid_until: null,
      },
    }),
  );
}

function end(network: string) {
  return asked(api.DELETE("/v1/channel-networks/{network}", { params: { path: { network } } }));
}

function OneLaunch({ launch, mayWrite }: { launch: Launch; mayWrite: boolean }) {
  const say = useWords(firstHourWords);
  const format = useFormat();
  const said = (criterion: string, value: number | null) =>
    criterion === "legs" ? format.number(value) : format.percent(value);
  return (
    <article className="launch">
      <header className="panel-head">
        <h3>
          {launch.reason} · {say("stores", { count: launch.stores })}{" "}
          <span className="hint">
            {launch.valid_from &&
              say(launch.is_live ? "since" : "from", { day: format.day(launch.valid_from) })}
          </span>
        </h3>
        <Badge meaning={launch.may_go_on ? "good" : "soon"}>
          {say(launch.may_go_on ? "goOn" : "wait")}
        </Badge>
      </header>
      <table className="small-table">
        <thead>
          <tr>
            <th>{say("criterion")}</th>
            <th className="number">{say("measured")}</th>
            <th className="number">{say("limit")}</th>
          </tr>
        </thead>
        <tbody>
          {launch.judged.map((one) => (
            <tr key={one.criterion}>
              <th scope="row">
                <span aria-hidden="true">{one.is_met ? "✓" : "○"}</span> {say(`c_${one.criterion}`)}
              </th>
              <td className={`number ${one.is_met === false ? "late" : ""}`}>
                {said(one.criterion, one.value)}
              </td>
              <td className="number">
                {say(one.is_least ? "least" : "most", { limit: said(one.criterion, one.limit) })}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {mayWrite && (
        <p>
          <Act
            isLate
            label={say("off")}
            confirm={say("offConfirm")}
            done={say("offDone")}
            stale={KEYS}
            act={() => end(launch.network)}
          />
        </p>
      )}
    </article>
  );
}

interface NextProps {
  channel: string;
  on: ReadonlySet<string>;
  number: number;
}

function Next({ channel, on, number }: NextProps) {
  const say = useWords(firstHourWords);
  const [chosen, choose] = useState<string[]>([]);
  const nodes = useQuery({
    queryKey: ["nodes", "all"],
    queryFn: () => asked(api.GET("/v1/nodes", { params: { query: { limit: 1000 } } })),
    staleTime: 60_000,
  });
  const stores = (nodes.data?.items ?? []).filter(
    ({ code, kind }) => (kind === "store" || kind === "dark_store") && !on.has(code),
  );
  const network = `${channel}-launch-${number}-${chosen[0] ?? ""}`.slice(0, 64);
  return (
    <div className="launch">
      <MultiSelect
        size="sm"
        label={say("choose")}
        searchable
        value={chosen}
        onChange={choose}
        data={stores.map(({ code, name }) => ({ value: code, label: `${code} · ${name}` }))}
        comboboxProps={{ transitionProps: { duration: 0 } }}
      />
      {chosen.length > 0 && (
        <p>
          <Act
            label={say("launch")}
            confirm={say("launchConfirm", { stores: chosen.join(", ") })}
            done={say("launchDone")}
            stale={KEYS}
            act={async () => {
              const { at } = await asked(api.GET("/v1/clock"));
              await save(network, {
                channel,
                nodes: chosen,
                reason: say("launchReason", { number }),
                from: at.slice(0, 10),
              });
              choose([]);
            }}
            undo={() => end(network)}
          />
        </p>
      )}
    </div>
  );
}
