import { Button, Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { codesOf } from "../../model/codes";
import { useFormat } from "../../model/format";
import { useWish } from "../../model/wish";
import { type Say, useWords } from "../../model/words";
import { type Field, Form } from "../../ui/Form";
import { usePages } from "../../ui/pages";
import { Badge, PageHead } from "../../ui/parts";
import { type Column, Table } from "../../ui/Table";
import { keyWords } from "./keyWords";
import { KEY_MEANING, keyState, nodesOf } from "./model";
import { Once } from "./Once";
import { PERMISSIONS, type Permission, permissionWords } from "./permissionWords";
import { settingsWords } from "./words";

type Key = Shapes["Key"];
type Verb = "new" | "rotate" | "revoke";

interface Opened {
  verb: Verb;
  made: Key | null;
}

interface Shown {
  name: string;
  token: string;
}

export function Keys() {
  const say = useWords(keyWords);
  const sayAll = useWords(settingsWords);
  const [opened, open] = useState<Opened | null>(null);
  const [shown, show] = useState<Shown | null>(null);
  const pages = usePages(["keys"], (cursor) =>
    asked(api.GET("/v1/keys", { params: { query: { cursor, limit: 100 } } })),
  );
  return (
    <>
      <PageHead
        title={sayAll("keys")}
        answer={say("answer")}
        side={<Button onClick={() => open({ verb: "new", made: null })}>{say("newKey")}</Button>}
      />
      <Table
        label={sayAll("keys")}
        columns={useColumns(open)}
        pages={pages}
        rowKey={(row) => row.id}
        empty={say("empty")}
      />
      <Modal
        opened={opened !== null}
        onClose={() => open(null)}
        title={opened && titleOf(opened, say)}
        size="lg"
        transitionProps={{ duration: 0 }}
      >
        {opened && <KeyForm {...opened} show={show} done={() => open(null)} />}
      </Modal>
      <Once
        secret={shown?.token ?? null}
        label={say("token", { name: shown?.name ?? "" })}
        forget={() => show(null)}
      />
    </>
  );
}

function titleOf({ verb, made }: Opened, say: Say<(typeof keyWords)["en"]>): string {
  const name = made?.name ?? "";
  if (verb === "new") return say("newKey");
  return say(verb === "rotate" ? "rotateTitle" : "revokeTitle", { name });
}

function useColumns(open: (opened: Opened) => void): Column<Key>[] {
  const say = useWords(keyWords);
  const sayAll = useWords(settingsWords);
  const sayPermission = useWords(permissionWords);
  const format = useFormat();
  return [
    {
      key: "key",
      head: say("key"),
      cell: (row) => (
        <span className="two-lines">
          <b>{row.name}</b>
          <span className="hint code">{row.id}</span>
        </span>
      ),
    },
    {
      key: "may",
      head: say("permissions"),
      cell: (row) => (
        <details>
          <summary>
            {say("may", { count: row.permissions.length })} ·{" "}
            {row.nodes?.join(", ") ?? sayAll("everywhere")}
          </summary>
          <ul className="abilities">
            {row.permissions.map((one) => (
              <li key={one}>{sayPermission(one as Permission)}</li>
            ))}
          </ul>
        </details>
      ),
    },
    { key: "state", head: say("state"), cell: (row) => <State row={row} /> },
    {
      key: "used",
      head: say("used"),
      cell: (row) => (row.last_used_at ? format.moment(row.last_used_at) : sayAll("never")),
    },
    {
      key: "act",
      head: "",
      cell: (row) =>
        row.revoked_at === null && (
          <span className="acts">
            {(["rotate", "revoke"] as const).map((verb) => (
              <Button
                key={verb}
                size="compact-xs"
                variant="subtle"
                color={verb === "revoke" ? "late" : undefined}
                aria-label={titleOf({ verb, made: row }, say)}
                onClick={() => open({ verb, made: row })}
              >
                {say(verb)}
              </Button>
            ))}
          </span>
        ),
    },
  ];
}

function State({ row }: { row: Key }) {
  const say = useWords(keyWords);
  const format = useFormat();
  const state = keyState(row, Date.now());
  const hints = [
    state === "valid" && row.expires_at && say("ends", { at: format.moment(row.expires_at) }),
    row.rotated_at && say("rotated", { at: format.moment(row.rotated_at) }),
    row.previous_until &&
      Date.parse(row.previous_until) > Date.now() &&
      say("previous", { at: format.moment(row.previous_until) }),
  ].filter(Boolean);
  return (
    <span className="two-lines">
      <span>
        <Badge meaning={KEY_MEANING[state]}>
          {say(state, { at: format.moment(row.revoked_at) })}
        </Badge>
      </span>
      {hints.length > 0 && <span className="hint">{hints.join(" · ")}</span>}
    </span>
  );
}

interface KeyFormProps extends Opened {
  show: (shown: Shown) => void;
  done: () => void;
}

function KeyForm({ verb, made, show, done }: KeyFormProps) {
  const say = useWords(keyWords);
  const queries = useQueryClient();
  const { reach } = useMe();
  const wish = useWish("key");
  const sayAll = useWords(settingsWords);
  const sayPermission = useWords(permissionWords);
  const own = PERMISSIONS.filter((one) => one in reach);
  const fields: Record<Verb, Field[]> = {
    new: [
      { name: "name", label: say("name"), isRequired: true },
      { name: "nodes", label: sayAll("nodes"), hint: sayAll("nodesHint") },
      {
        name: "expires_at",
        label: say("expires"),
        hint: say("expiresHint"),
        type: "datetime-local",
      },
      {
        name: "permissions",
        label: say("permissions"),
        type: "checks",
        options: own.map((value) => ({ value, label: sayPermission(value) })),
      },
    ],
    rotate: [
      {
        name: "hours",
        label: say("overlap"),
        hint: say("overlapHint"),
        type: "number",
        value: "24",
        isRequired: true,
      },
    ],
    revoke: [{ name: "reason", label: say("reason") }],
  };
  return (
    <Form
      fields={fields[verb]}
      submit={say(verb === "new" ? "newKey" : verb)}
      cancel={done}
      send={async (given) => {
        const answer = await wish((id) => act(verb, made, given, id));
        if (answer) show({ name: answer.key.name, token: answer.token ?? say("repeated") });
      }}
      done={() => {
        queries.invalidateQueries({ queryKey: ["keys"] });
        done();
      }}
    >
      {verb !== "new" && (
        <p className="hint">{say(verb === "rotate" ? "rotateText" : "revokeText")}</p>
      )}
    </Form>
  );
}

/** Do it; what is made answers with its token, this once. */
async function act(
  verb: Verb,
  key: Key | null,
  given: Record<string, string>,
  id: string,
): Promise<Shapes["Made"] | null> {
  const header = { "Idempotency-Key": id };
  if (verb === "new" || key === null) {
    return asked(
      api.POST("/v1/keys", {
        params: { header },
        body: {
          name: given.name ?? "",
          nodes: nodesOf(given.nodes),
          permissions: codesOf(given.permissions) as Permission[],
          expires_at: given.expires_at ? new Date(given.expires_at).toISOString() : null,
        },
      }),
    );
  }
  const params = { path: { key_id: key.id }, header };
  if (verb === "rotate") {
    const overlap_minutes = Math.round(Number(given.hours) * 60);
    return asked(api.POST("/v1/keys/{key_id}/rotation", { params, body: { overlap_minutes } }));
  }
  const body = { reason: given.reason ?? "" };
  await asked(api.PUT("/v1/keys/{key_id}/revocation", { params, body }));
  return null;
}
