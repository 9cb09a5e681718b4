import { Button, Modal } from "@mantine/core";
import { useState } from "react";
import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useWords } from "../../model/words";
import { usePages } from "../../ui/pages";
import { Badge, PageHead } from "../../ui/parts";
import { type Column, Table } from "../../ui/Table";
import { Once } from "./Once";
import { WebhookForm } from "./WebhookForm";
import { webhookWords } from "./webhookWords";
import { settingsWords } from "./words";

type Webhook = Shapes["Webhook"];

export function Webhooks() {
  const say = useWords(webhookWords);
  const sayAll = useWords(settingsWords);
  const { can } = useMe();
  const [isAdding, setAdding] = useState(false);
  const [secret, show] = useState<string | null>(null);
  const pages = usePages(["webhooks"], (cursor) =>
    asked(api.GET("/v1/webhooks", { params: { query: { cursor, limit: 100 } } })),
  );
  const columns: Column<Webhook>[] = [
    {
      key: "endpoint",
      head: say("endpoint"),
      cell: (row) => (
        <span className="two-lines">
          <b className="code">{row.url}</b> <span className="hint">{row.description}</span>
        </span>
      ),
    },
    { key: "events", head: say("events"), cell: (row) => <code>{row.event_types.join(" ")}</code> },
    {
      key: "nodes",
      head: sayAll("nodes"),
      cell: (row) => row.nodes?.join(", ") ?? sayAll("everywhere"),
    },
    { key: "health", head: say("health"), cell: (row) => <Standing webhook={row} /> },
  ];
  return (
    <>
      <PageHead
        title={sayAll("webhooks")}
        answer={say("answer")}
        side={
          can("webhooks.write") && (
            <Button onClick={() => setAdding(true)}>{say("newWebhook")}</Button>
          )
        }
      />
      <Table
        label={sayAll("webhooks")}
        columns={columns}
        pages={pages}
        rowKey={(row) => row.id}
        to={(row) => `/settings/webhooks/${row.id}`}
        empty={say("empty")}
      />
      <Modal
        opened={isAdding}
        onClose={() => setAdding(false)}
        title={say("newWebhook")}
        transitionProps={{ duration: 0 }}
      >
        <WebhookForm webhook={null} show={show} done={() => setAdding(false)} />
      </Modal>
      <Once secret={secret} label={say("secret")} forget={() => show(null)} />
    </>
  );
}

export function Standing({ webhook }: { webhook: Webhook }) {
  const say = useWords(webhookWords);
  return (
    <>
      <Badge meaning={webhook.is_active ? "plain" : "late"}>
        {say(webhook.is_active ? "active" : "stopped")}
      </Badge>{" "}
      <span className="hint">{webhook.stop_reason}</span>
    </>
  );
}
