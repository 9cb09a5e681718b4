import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, asked, versioned } from "../../../api/client";
import { NODE_KINDS, nodeKindWords } from "../../../model/nodeKinds";
import { useWords } from "../../../model/words";
import { useTelling } from "../../../ui/Act";
import { useEdited } from "../../../ui/edited";
import { type Field, Form } from "../../../ui/Form";
import { NodesKnown } from "../../../ui/NodesKnown";
import { Panel } from "../../../ui/Panel";
import { proposed, refuse } from "../supply/fields";
import { findSkus, useFindNodes } from "../supply/find";
import { type Kept, keptOf, OWN_PURPOSES, type SayKept, wrongKept } from "./model";
import { keptWords } from "./words";

/** Asked again once something else is kept back: it is what can be promised that changes. */
export const KEPT_KEYS = [["kept"], ["stock"], ["shelves"]];

const NEW: Kept = keptOf("", { purpose: "buffer" });

interface KeptFormProps {
  /** Null: a new one. */
  id: string | null;
  close: () => void;
}

/** A rule of what is kept back, new or as it is; an edit of somebody else is not run over. */
export function KeptForm({ id, close }: KeptFormProps) {
  const one = useEdited<Kept>(["kept", id], async () =>
    id
      ? versioned(api.GET("/v1/keep-backs/{rule}", { params: { path: { rule: id } } }))
      : { value: NEW, etag: "" },
  );
  return (
    <NodesKnown>
      <Panel query={one} lines={8}>
        {({ value, etag }) => <Fields rule={value} etag={etag} close={close} />}
      </Panel>
    </NodesKnown>
  );
}

interface FieldsProps {
  rule: Kept;
  etag: string;
  close: () => void;
}

function Fields({ rule, etag, close }: FieldsProps) {
  const say = useWords(keptWords);
  const { tell } = useTelling(KEPT_KEYS);
  // A number of its own: sent again after silence, it is the same rule.
  const [id] = useState(() => rule.id || proposed("keep"));
  const send = async (typed: Record<string, string>) => {
    const body = keptOf(id, typed);
    refuse(wrongKept(body, say), say);
    const params = { path: { rule: id }, header: { "If-Match": etag || undefined } };
    tell(await asked(api.PUT("/v1/keep-backs/{rule}", { params, body })), { done: say("saved") });
  };
  return (
    <Form
      fields={[...useScope(rule), ...amountsOf(rule, say)]}
      submit={say("save")}
      send={send}
      done={close}
      cancel={close}
    />
  );
}

/** What it is for, of which goods, where and for whom. */
function useScope(rule: Kept): Field[] {
  const say = useWords(keptWords);
  const sayKind = useWords(nodeKindWords);
  const nodes = useFindNodes("promise.write");
  const channels = useQuery({
    queryKey: ["channels"],
    queryFn: () => asked(api.GET("/v1/channels")),
  });
  const codes = (channels.data?.items ?? []).map(({ code }) => code);
  const all = rule.channel && !codes.includes(rule.channel) ? [rule.channel, ...codes] : codes;
  const chosen = (code: string | null) => (code ? [{ value: code, label: code }] : undefined);
  return [
    {
      name: "purpose",
      label: say("purpose"),
      type: "select",
      value: rule.purpose,
      options: OWN_PURPOSES.map((value) => ({
        value,
        label: `${say(value)} · ${say(`${value}Hint`)}`,
      })),
    },
    {
      name: "sku",
      label: say("sku"),
      hint: say("skuHint"),
      type: "search",
      find: findSkus,
      options: chosen(rule.sku),
    },
    { name: "category", label: say("category"), value: rule.category ?? "" },
    {
      name: "node",
      label: say("node"),
      hint: say("nodeHint"),
      type: "search",
      find: nodes.find,
      options: chosen(rule.node) ?? nodes.only,
    },
    {
      name: "node_kind",
      label: say("node_kind"),
      type: "select",
      value: rule.node_kind ?? "",
      options: [
        { value: "", label: say("anyKind") },
        ...NODE_KINDS.map((value) => ({ value, label: sayKind(value) })),
      ],
    },
    {
      name: "channel",
      label: say("channel"),
      hint: say("channelHint"),
      type: "select",
      value: rule.channel ?? "",
      options: [
        { value: "", label: say("allChannels") },
        ...all.map((code) => ({ value: code, label: code })),
      ],
    },
  ];
}

/** How much of it, since when, until when, and why. */
function amountsOf(rule: Kept, say: SayKept): Field[] {
  return [
    { name: "units", label: say("units"), type: "number", value: rule.units?.toString() },
    {
      name: "days",
      label: say("days"),
      hint: say("daysHint"),
      type: "number",
      value: rule.days?.toString(),
    },
    {
      name: "below_accuracy",
      label: say("below"),
      hint: say("belowHint"),
      type: "number",
      value:
        rule.below_accuracy === null ? "" : String(Math.round(rule.below_accuracy * 1000) / 10),
    },
    { name: "valid_from", label: say("from"), type: "date", value: rule.valid_from ?? "" },
    { name: "valid_until", label: say("until"), type: "date", value: rule.valid_until ?? "" },
    { name: "reason", label: say("reason"), value: rule.reason, isRequired: true },
  ];
}
