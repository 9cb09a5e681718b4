import { MultiSelect, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Link } from "react-router";
import { api, asked, type Shapes, versioned } from "../../api/client";
import { useDay, useMe } from "../../app/me";
import { hasEnded, isLast, isLive } from "../../model/dated";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { Act } from "../../ui/Act";
import { useNodes } from "../../ui/nodes";
import { Failure, Loading } from "../../ui/Panel";
import { Badge } from "../../ui/parts";
import { LaunchedStores } from "./LaunchedStores";
import { freeId, lastDay, writtenAs } from "./model";
import { firstHourWords } from "./words";

type Launch = Shapes["Launch"];
type Network = Shapes["ChannelNetwork"];
type NodeKind = Network["node_kinds"][number];

const KEYS = [["launches"], ["networks"], ["channel-networks"]];
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
      <p className="hint below">{say("launchesText")}</p>
      {channels.error && <Failure error={channels.error} retry={() => channels.refetch()} />}
      {channels.data?.items.length === 0 && (
        <p>
          {say("noChannel")} <Link to="/network/channels">{say("toChannels")}</Link>
        </p>
      )}
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
  const clock = useDay();
  const error = launches.error ?? networks.error;
  if (error) {
    const again = () => Promise.all([launches.refetch(), networks.refetch()]);
    return <Failure error={error} retry={again} />;
  }
  if (clock.error) return <Failure error={clock.error} retry={() => clock.refetch()} />;
  if (!launches.data || !networks.data || !clock.data) return <Loading lines={4} />;
  const day = clock.data;
  const known = networks.data.items;
  const live = known.filter((one) => isLive(one, day));
  const mayWrite = canEverywhere("promise.write");
  const keepOut = mayWrite && <KeepOut channel={channel} known={known} />;
  const on = new Set(known.filter((one) => !hasEnded(one, day)).flatMap(({ nodes }) => nodes));
  return (
    <div className="stack">
      {live.length === 0 && <p>{say("everybody")}</p>}
      {live.length === 0 && keepOut}
      {live.length > 0 && launches.data.items.length === 0 && <p>{say("onlyBase")}</p>}
      {launches.data.items.map((one) => (
        <OneLaunch key={one.network} launch={one} day={day}>
          {isLast(one.network, known, day) ? (
            <>
              <p className="hint">{say("lastOne")}</p>
              {keepOut}
            </>
          ) : (
            mayWrite && !hasEnded(one, day) && <SwitchOff launch={one} day={day} />
          )}
        </OneLaunch>
      ))}
      {mayWrite && live.length > 0 && (
        <Next channel={channel} on={on} number={launches.data.items.length + 1} />
      )}
    </div>
  );
}

/** Without a network every node serves a channel: the first step is to keep stores out of it. */
function KeepOut({ channel, known }: { channel: string; known: readonly Network[] }) {
  const say = useWords(firstHourWords);
  const network = freeId(
    `${channel}-base`,
    known.map(({ id }) => id),
  );
  return (
    <Act
      label={say("keepOut")}
      confirm={say("keepOutConfirm")}
      done={say("keepOutDone")}
      stale={KEYS}
      act={() => save(network, { channel, kinds: NO_STORES, reason: say("keepOutReason") })}
      undo={() => end(network, true)}
    />
  );
}

interface Wanted {
  channel: string;
  nodes?: string[];
  kinds?: NodeKind[];
  reason: string;
  from?: string | null;
}

/** A network that there is not yet. */
function save(network: string, { channel, nodes = [], kinds = [], reason, from = null }: Wanted) {
  const days = { valid_from: from, valid_until: null };
  return put({ id: network, channel, nodes, node_kinds: kinds, reason, ...days });
}

function put(network: Network, etag?: string) {
  const params = { path: { network: network.id }, header: { "If-Match": etag } };
  return versioned(api.PUT("/v1/channel-networks/{network}", { params, body: network }));
}

/** Take it away; `opens`: also where every node serves then. */
function end(network: string, opens = false) {
  const params = { path: { network }, query: { opens } };
  return asked(api.DELETE("/v1/channel-networks/{network}", { params }));
}

/** It ends with yesterday; what has not begun before today is taken away. */
async function switchOff(network: string, day: string) {
  const params = { path: { network } };
  const { value, etag } = await versioned(api.GET("/v1/channel-networks/{network}", { params }));
  const valid_until = lastDay(value.valid_from ?? null, day);
  if (valid_until === null) {
    await end(network);
    return { before: value, etag: undefined };
  }
  const ended = await put({ ...value, valid_until }, etag);
  return { before: value, etag: ended.etag };
}

function SwitchOff({ launch, day }: { launch: Launch; day: string }) {
  const say = useWords(firstHourWords);
  return (
    <p>
      <Act
        isLate
        label={say("off")}
        confirm={say(launch.is_live ? "offConfirm" : "offConfirmSoon")}
        done={say("offDone")}
        stale={KEYS}
        act={() => switchOff(launch.network, day)}
        undo={({ before, etag }) => put(before, etag)}
      />
    </p>
  );
}

interface OneLaunchProps {
  launch: Launch;
  day: string;
  children: ReactNode;
}

function OneLaunch({ launch, day, children }: OneLaunchProps) {
  const say = useWords(firstHourWords);
  const format = useFormat();
  const said = (criterion: string, value: number | null) => writtenAs(criterion, value, format);
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
        {hasEnded(launch, day) ? (
          <Badge>{say("ended")}</Badge>
        ) : (
          <Badge meaning={launch.may_go_on ? "good" : "soon"}>
            {say(launch.may_go_on ? "goOn" : "wait")}
          </Badge>
        )}
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
      <LaunchedStores network={launch.network} />
      {children}
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
  const nodes = useNodes();
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
