import { Button, Modal } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, asked, type Shapes, versioned } from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { type Say, useWords } from "../../model/words";
import { useEdited } from "../../ui/edited";
import { type Field, Form } from "../../ui/Form";
import { Panel } from "../../ui/Panel";
import { Badge } from "../../ui/parts";
import { accountOf, CONNECTORS, FORMATS, pairs } from "./accounts";
import { accountWords } from "./accountWords";
import { networkWords } from "./words";

type Account = Shapes["Account"];

const NEW: Account = {
  code: "",
  connector: "webhook",
  services: {},
  sender: { name: "", street: "" },
  is_active: true,
} as Account;

/** Contracts with carriers: how each is called, for which services, as whom. */
export function Accounts() {
  const say = useWords(accountWords);
  const { canEverywhere } = useMe();
  const [editing, edit] = useState<string | null>(null);
  const mayEdit = canEverywhere("network.write");
  const accounts = useQuery({
    queryKey: ["carrier-accounts"],
    queryFn: () => asked(api.GET("/v1/carrier-accounts", { params: { query: { limit: 200 } } })),
  });
  return (
    <Panel
      title={say("accounts")}
      query={accounts}
      lines={2}
      side={
        mayEdit && (
          <Button size="xs" variant="default" onClick={() => edit("")}>
            {say("newAccount")}
          </Button>
        )
      }
      empty={({ items }) => items.length === 0 && editing === null && say("accountsEmpty")}
    >
      {({ items }) => (
        <>
          <ul className="plain-list">
            {items.map((one) => (
              <li key={one.code}>
                <Line one={one} edit={mayEdit ? () => edit(one.code) : undefined} />
              </li>
            ))}
          </ul>
          <Modal
            opened={editing !== null}
            onClose={() => edit(null)}
            title={editing || say("newAccount")}
            size="lg"
          >
            {editing !== null && <EditAccount code={editing} done={() => edit(null)} />}
          </Modal>
        </>
      )}
    </Panel>
  );
}

function Line({ one, edit }: { one: Account; edit?: () => void }) {
  const say = useWords(accountWords);
  const sayNetwork = useWords(networkWords);
  return (
    <>
      <span>
        <b className="code">{one.code}</b> {say(one.connector)}{" "}
        {one.is_active === false && <Badge meaning="soon">{say("resting")}</Badge>}{" "}
        <span className="hint">
          {Object.keys(one.services).join(", ") || sayNetwork("none")} · {one.sender.name}
        </span>
      </span>
      {edit && (
        <Button
          size="compact-xs"
          variant="subtle"
          aria-label={`${sayNetwork("edit")} ${one.code}`}
          onClick={edit}
        >
          {sayNetwork("edit")}
        </Button>
      )}
    </>
  );
}

function EditAccount({ code, done }: { code: string; done: () => void }) {
  const say = useWords(accountWords);
  const sayNetwork = useWords(networkWords);
  const queries = useQueryClient();
  const one = useEdited<Account>(["carrier-account", code], async () =>
    code
      ? versioned(
          api.GET("/v1/carrier-accounts/{account}", { params: { path: { account: code } } }),
        )
      : { value: NEW, etag: "" },
  );
  return (
    <Panel query={one} lines={10}>
      {({ value, etag }) => (
        <>
          <p className="hint">{say("secretsText")}</p>
          <SendersStay of={value} />
          <Form
            fields={fieldsOf(value, say)}
            submit={sayNetwork("save")}
            cancel={done}
            send={(given) => {
              const account = (given.code ?? "").trim();
              return asked(
                api.PUT("/v1/carrier-accounts/{account}", {
                  params: { path: { account }, header: { "If-Match": etag || undefined } },
                  body: accountOf(account, given, value),
                }),
              );
            }}
            done={() => {
              queries.invalidateQueries({ queryKey: ["carrier-accounts"] });
              done();
            }}
          />
        </>
      )}
    </Panel>
  );
}

/** That some nodes send in a name of their own is no part of the form. */
function SendersStay({ of }: { of: Account }) {
  const say = useWords(accountWords);
  const format = useFormat();
  const own = Object.keys(of.senders ?? {}).length;
  if (own === 0) return null;
  return <p className="hint">{say("sendersStay", { count: own, nodes: format.number(own) })}</p>;
}

type Words = Say<(typeof accountWords)["en"]>;

function fieldsOf(one: Account, say: Words): Field[] {
  const isNew = one.code === "";
  return [
    { name: "code", label: say("code"), value: one.code, isRequired: true, isFixed: !isNew },
    {
      name: "connector",
      label: say("connector"),
      type: "select",
      value: one.connector,
      options: CONNECTORS.map((value) => ({ value, label: say(value) })),
    },
    { name: "url", label: say("url"), hint: say("urlHint"), value: one.url ?? "" },
    named("services", one.services, say, ["ours", "theirs"]),
    named("settings", one.settings ?? {}, say, ["setting", "value"]),
    named("secrets", one.secrets ?? {}, say, ["setting", "secret"]),
    ...senderFields(one, say),
    {
      name: "label_format",
      label: say("label_format"),
      type: "select",
      value: one.label_format ?? "pdf",
      options: FORMATS.map((value) => ({ value, label: value.toUpperCase() })),
    },
    {
      name: "does_rate",
      label: say("does_rate"),
      type: "check",
      value: one.does_rate ? "true" : "",
    },
    {
      name: "is_active",
      label: say("is_active"),
      type: "check",
      value: one.is_active === false ? "" : "true",
    },
  ];
}

function senderFields({ sender }: Account, say: Words): Field[] {
  return [
    { name: "sender_name", label: say("sender"), value: sender.name, isRequired: true },
    { name: "sender_street", label: say("street"), value: sender.street, isRequired: true },
    { name: "sender_phone", label: say("phone"), value: sender.phone ?? "" },
    { name: "sender_email", label: say("email"), type: "email", value: sender.email ?? "" },
    { name: "sender_tax_number", label: say("tax_number"), value: sender.tax_number ?? "" },
  ];
}

/** What is a mapping to the API is lines of two to whoever types it. */
function named(
  name: "services" | "settings" | "secrets",
  known: Readonly<Record<string, string>>,
  say: Words,
  [key, value]: readonly ["ours" | "setting", "theirs" | "value" | "secret"],
): Field {
  return {
    name,
    label: say(name),
    hint: say(`${name}Hint`),
    type: "rows",
    columns: [
      { name: "key", label: say(key), isRequired: true },
      { name: "value", label: say(value), isRequired: true },
    ],
    rows: pairs(known),
  };
}
