import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, asked, type Shapes } from "../../api/client";
import { codesOf } from "../../model/codes";
import { useWish } from "../../model/wish";
import { useWords } from "../../model/words";
import { Form } from "../../ui/Form";
import { nodesOf } from "./model";
import { webhookWords } from "./webhookWords";
import { settingsWords } from "./words";

type Webhook = Shapes["Webhook"];

interface WebhookFormProps {
  webhook: Webhook | null;
  /** Told the secret of one that was made. */
  show: (secret: string) => void;
  done: () => void;
}

export function WebhookForm({ webhook: shown, show, done }: WebhookFormProps) {
  const [webhook] = useState(shown);
  const say = useWords(webhookWords);
  const sayAll = useWords(settingsWords);
  const queries = useQueryClient();
  const wish = useWish("hook");
  return (
    <Form
      fields={[
        {
          name: "url",
          label: say("url"),
          hint: say("urlHint"),
          value: webhook?.url,
          isRequired: true,
        },
        { name: "description", label: say("description"), value: webhook?.description },
        {
          name: "event_types",
          label: say("event_types"),
          hint: say("eventsHint"),
          value: webhook?.event_types.join(" ") ?? "*",
          isRequired: true,
        },
        {
          name: "nodes",
          label: sayAll("nodes"),
          hint: sayAll("nodesHint"),
          value: webhook?.nodes?.join(" "),
        },
        {
          name: "is_active",
          label: say("is_active"),
          type: "check",
          value: (webhook?.is_active ?? true) ? "true" : "",
        },
      ]}
      submit={sayAll(webhook ? "save" : "add")}
      cancel={done}
      send={async (given) => {
        const body = {
          url: (given.url ?? "").trim(),
          description: given.description ?? "",
          event_types: codesOf(given.event_types),
          nodes: nodesOf(given.nodes),
          is_active: given.is_active === "true",
        };
        const header = { "If-Match": webhook ? `"${webhook.version}"` : undefined };
        const made = await wish((id) => {
          const path = { webhook_id: webhook?.id ?? id };
          return asked(api.PUT("/v1/webhooks/{webhook_id}", { params: { path, header }, body }));
        });
        if (made.secret) show(made.secret);
      }}
      done={() => {
        queries.invalidateQueries({ queryKey: ["webhooks"] });
        done();
      }}
    />
  );
}
