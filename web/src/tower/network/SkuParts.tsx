import { Button, Modal } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { useWish } from "../../model/wish";
import { useWords } from "../../model/words";
import { Act } from "../../ui/Act";
import { Facts } from "../../ui/Facts";
import { type Field, Form } from "../../ui/Form";
import { Panel } from "../../ui/Panel";
import { Badge } from "../../ui/parts";
import { goodsWords } from "./goodsWords";
import { networkWords } from "./words";

/** Which channel sells a SKU, and why one does not. */
export function SoldWhere({ sku }: { sku: string }) {
  const say = useWords(goodsWords);
  const { canEverywhere } = useMe();
  const mayEdit = canEverywhere("catalog.write");
  const channels = useQuery({
    queryKey: ["exclusions", "of", sku],
    queryFn: async () => {
      const { items } = await asked(api.GET("/v1/channels"));
      return Promise.all(
        items.map(async (channel) => {
          const path = { channel: channel.code };
          const found = await asked(
            api.GET("/v1/channels/{channel}/exclusions", { params: { path, query: { sku } } }),
          );
          return { ...channel, exclusion: found.items[0] ?? null };
        }),
      );
    },
  });
  return (
    <Panel
      title={say("channels")}
      query={channels}
      empty={(found) => found.length === 0 && say("channelsEmpty")}
    >
      {(found) => (
        <>
          <p className="hint">{say("channelsHint")}</p>
          <ul className="plain-list">
            {found.map(({ code, name, exclusion }) => (
              <li key={code}>
                <span>
                  <b>{name}</b>{" "}
                  <Badge meaning={exclusion ? "soon" : "plain"}>
                    {say(exclusion ? "leavesOut" : "sells")}
                  </Badge>{" "}
                  {exclusion && <span className="hint">{exclusion.reason}</span>}
                </span>
                {mayEdit &&
                  (exclusion ? (
                    <SellAgain channel={code} sku={sku} />
                  ) : (
                    <LeaveOut channel={code} sku={sku} />
                  ))}
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

interface Pair {
  channel: string;
  sku: string;
}

export function SellAgain({ channel, sku }: Pair) {
  const say = useWords(goodsWords);
  return (
    <Act
      label={say("sellAgain")}
      variant="subtle"
      confirm={say("sellAgainConfirm", { channel, sku })}
      act={() =>
        asked(
          api.DELETE("/v1/channels/{channel}/exclusions/{sku}", {
            params: { path: { channel, sku } },
          }),
        )
      }
      done={say("soldAgain")}
      stale={[["exclusions"]]}
    />
  );
}

function LeaveOut({ channel, sku }: Pair) {
  const say = useWords(goodsWords);
  const [isAsking, setAsking] = useState(false);
  const title = say("leaveOutTitle", { channel, sku });
  return (
    <>
      <Button
        size="compact-xs"
        variant="subtle"
        aria-label={`${say("leaveOut")} · ${channel}`}
        onClick={() => setAsking(true)}
      >
        {say("leaveOut")}
      </Button>
      <Modal
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={title}
        transitionProps={{ duration: 0 }}
      >
        <ExclusionForm channel={channel} sku={sku} done={() => setAsking(false)} />
      </Modal>
    </>
  );
}

interface ExclusionFormProps {
  channel: string;
  sku?: string;
  done: () => void;
}

export function ExclusionForm({ channel, sku, done }: ExclusionFormProps) {
  const say = useWords(goodsWords);
  const queries = useQueryClient();
  const fields: Field[] = [
    ...(sku ? [] : [{ name: "sku", label: say("sku"), isRequired: true }]),
    { name: "reason", label: say("reason"), isRequired: true },
  ];
  return (
    <Form
      fields={fields}
      submit={say("leaveOut")}
      cancel={done}
      send={(given) =>
        asked(
          api.PUT("/v1/channels/{channel}/exclusions/{sku}", {
            params: { path: { channel, sku: sku ?? given.sku ?? "" } },
            body: { reason: given.reason ?? "" },
          }),
        )
      }
      done={() => {
        queries.invalidateQueries({ queryKey: ["exclusions"] });
        done();
      }}
    />
  );
}

/** What customs are told of a SKU. */
export function Customs({ sku }: { sku: string }) {
  const say = useWords(goodsWords);
  const sayNetwork = useWords(networkWords);
  const { canEverywhere } = useMe();
  const queries = useQueryClient();
  const [isEditing, setEditing] = useState(false);
  const goods = useQuery({
    queryKey: ["customs", sku],
    queryFn: async () => {
      const query = { sku, limit: 1 };
      const found = await asked(api.GET("/v1/customs-goods", { params: { query } }));
      return { good: found.items[0] ?? null };
    },
  });
  const names = ["hs_code", "origin", "description"] as const;
  return (
    <Panel
      title={say("customs")}
      query={goods}
      side={
        canEverywhere("catalog.write") && (
          <Button
            size="compact-xs"
            variant="subtle"
            aria-label={`${sayNetwork("edit")} ${say("customs")}`}
            onClick={() => setEditing(true)}
          >
            {sayNetwork("edit")}
          </Button>
        )
      }
    >
      {({ good }) => (
        <>
          {good ? (
            <Facts facts={names.map((name) => [say(name), good[name]])} />
          ) : (
            <p className="hint">{say("customsEmpty")}</p>
          )}
          <Modal
            opened={isEditing}
            onClose={() => setEditing(false)}
            title={say("customs")}
            transitionProps={{ duration: 0 }}
          >
            <Form
              fields={names.map((name) => ({
                name,
                label: say(name),
                value: good?.[name] ?? "",
                isRequired: true,
              }))}
              submit={sayNetwork("save")}
              cancel={() => setEditing(false)}
              send={({ hs_code = "", origin = "", description = "" }) =>
                asked(
                  api.POST("/v1/customs-goods/batch", {
                    body: { items: [{ sku, hs_code, origin, description }] },
                  }),
                )
              }
              done={() => {
                queries.invalidateQueries({ queryKey: ["customs", sku] });
                setEditing(false);
              }}
            />
          </Modal>
        </>
      )}
    </Panel>
  );
}

/** What channels sell a SKU from where: the rules that name it. */
export function Rules({ sku }: { sku: string }) {
  const say = useWords(goodsWords);
  const { canEverywhere } = useMe();
  const [isAdding, setAdding] = useState(false);
  const mayEdit = canEverywhere("promise.write");
  const rules = useQuery({
    queryKey: ["assortment", sku],
    queryFn: () =>
      asked(api.GET("/v1/assortment-rules", { params: { query: { sku, limit: 200 } } })),
  });
  return (
    <Panel
      title={say("rules")}
      query={rules}
      side={
        mayEdit && (
          <Button size="compact-xs" variant="subtle" onClick={() => setAdding(true)}>
            {say("newRule")}
          </Button>
        )
      }
    >
      {({ items }) => (
        <>
          <p className="hint">{items.length === 0 ? say("rulesEmpty") : say("rulesHint")}</p>
          <ul className="plain-list">
            {items.map((rule) => (
              <Rule key={rule.id} rule={rule} mayEdit={mayEdit} />
            ))}
          </ul>
          <Modal
            opened={isAdding}
            onClose={() => setAdding(false)}
            title={say("newRule")}
            transitionProps={{ duration: 0 }}
          >
            <NewRule sku={sku} done={() => setAdding(false)} />
          </Modal>
        </>
      )}
    </Panel>
  );
}

function Rule({ rule, mayEdit }: { rule: Shapes["AssortmentRule"]; mayEdit: boolean }) {
  const say = useWords(goodsWords);
  const sayNetwork = useWords(networkWords);
  const format = useFormat();
  const where = rule.node ?? (rule.node_kind ? sayNetwork(rule.node_kind) : say("everywhere"));
  const days = [rule.valid_from, rule.valid_until].filter(Boolean).map((day) => format.date(day));
  return (
    <li>
      <span>
        <b>{rule.channel}</b> · {where}{" "}
        <Badge meaning={rule.is_sold ? "plain" : "soon"}>
          {say(rule.is_sold ? "sells" : "leavesOut")}
        </Badge>{" "}
        <span className="hint">{[rule.reason, ...days].join(" · ")}</span>
      </span>
      {mayEdit && (
        <Act
          label={say("drop")}
          variant="subtle"
          confirm={say("dropRule", { rule: rule.id })}
          act={() =>
            asked(
              api.DELETE("/v1/assortment-rules/{rule}", { params: { path: { rule: rule.id } } }),
            )
          }
          done={say("dropped")}
          stale={[["assortment"]]}
        />
      )}
    </li>
  );
}

function NewRule({ sku, done }: { sku: string; done: () => void }) {
  const say = useWords(goodsWords);
  const sayNetwork = useWords(networkWords);
  const queries = useQueryClient();
  const wish = useWish("rule");
  const channels = useQuery({
    queryKey: ["channels"],
    queryFn: () => asked(api.GET("/v1/channels")),
  });
  return (
    <Panel query={channels}>
      {({ items }) => (
        <Form
          fields={[
            {
              name: "channel",
              label: say("channel"),
              type: "select",
              options: items.map(({ code, name }) => ({ value: code, label: name })),
            },
            { name: "node", label: say("node"), hint: say("nodeHint") },
            { name: "is_sold", label: say("isSold"), type: "check" },
            { name: "valid_from", label: say("from"), type: "date" },
            { name: "valid_until", label: say("until"), type: "date" },
            { name: "reason", label: say("reason"), isRequired: true },
          ]}
          submit={sayNetwork("add")}
          cancel={done}
          send={(given) =>
            wish((id) =>
              asked(
                api.PUT("/v1/assortment-rules/{rule}", {
                  params: { path: { rule: id } },
                  body: {
                    id,
                    sku,
                    channel: given.channel ?? "",
                    category: null,
                    node: given.node || null,
                    node_kind: null,
                    is_sold: given.is_sold === "true",
                    reason: given.reason ?? "",
                    valid_from: given.valid_from || null,
                    valid_until: given.valid_until || null,
                  },
                }),
              ),
            )
          }
          done={() => {
            queries.invalidateQueries({ queryKey: ["assortment"] });
            done();
          }}
        />
      )}
    </Panel>
  );
}
