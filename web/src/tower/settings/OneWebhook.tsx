import { Button, Modal, SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { api, asked, newId, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { useWish } from "../../model/wish";
import { useWords } from "../../model/words";
import { Act } from "../../ui/Act";
import { Facts } from "../../ui/Facts";
import { Form } from "../../ui/Form";
import { Panel } from "../../ui/Panel";
import { usePages } from "../../ui/pages";
import { Badge, type Meaning, PageHead, Stat } from "../../ui/parts";
import { type Column, Table } from "../../ui/Table";
import { Once } from "./Once";
import { WebhookForm } from "./WebhookForm";
import { Standing } from "./Webhooks";
import { webhookWords } from "./webhookWords";
import { settingsWords } from "./words";

type Webhook = Shapes["Webhook"];
type Delivery = Shapes["WebhooksDelivery"];
type Status = Delivery["status"];

const AGAIN_MS = 5_000;
const STATUS: Record<Status, Meaning> = { delivered: "good", waiting: "plain", dead: "late" };

export function OneWebhook() {
  const { webhook: id = "" } = useParams();
  const say = useWords(webhookWords);
  const sayAll = useWords(settingsWords);
  const { can } = useMe();
  const [secret, show] = useState<string | null>(null);
  const path = { webhook_id: id };
  const webhook = useQuery({
    queryKey: ["webhooks", id],
    queryFn: () => asked(api.GET("/v1/webhooks/{webhook_id}", { params: { path } })),
  });
  const health = useQuery({
    queryKey: ["webhooks", id, "health"],
    queryFn: () => asked(api.GET("/v1/webhooks/{webhook_id}/health", { params: { path } })),
    refetchInterval: AGAIN_MS,
  });
  const mayEdit = can("webhooks.write");
  return (
    <>
      <PageHead
        title={webhook.data?.url ?? id}
        answer={webhook.data?.description}
        side={
          <>
            <Link to="/settings/webhooks">{sayAll("back")}</Link>
            {mayEdit && webhook.data && <Verbs webhook={webhook.data} show={show} />}
          </>
        }
      />
      <div className="grid">
        <div className="third stack">
          <Panel title={say("settings")} query={webhook}>
            {(found) => (
              <Facts
                facts={[
                  [say("status"), <Standing key="standing" webhook={found} />],
                  [say("events"), <code key="events">{found.event_types.join(" ")}</code>],
                  [sayAll("nodes"), found.nodes?.join(", ") ?? sayAll("everywhere")],
                ]}
              />
            )}
          </Panel>
          <Panel title={say("health")} query={health}>
            {(found) => <Health health={found} mayReplay={mayEdit} />}
          </Panel>
        </div>
        <div className="two-thirds">
          <Deliveries id={id} mayReplay={mayEdit} />
        </div>
      </div>
      <Once secret={secret} label={say("secret")} forget={() => show(null)} />
    </>
  );
}

function Verbs({ webhook, show }: { webhook: Webhook; show: (secret: string) => void }) {
  const say = useWords(webhookWords);
  const sayAll = useWords(settingsWords);
  const navigate = useNavigate();
  const wish = useWish("rotation");
  const [opened, open] = useState<"edit" | "rotate" | null>(null);
  const close = () => open(null);
  const path = { webhook_id: webhook.id };
  return (
    <>
      <Button size="xs" variant="default" onClick={() => open("edit")}>
        {sayAll("edit")}
      </Button>
      <Button size="xs" variant="default" onClick={() => open("rotate")}>
        {say("rotate")}
      </Button>
      <Act
        label={say("remove")}
        isLate
        confirm={say("removeConfirm")}
        act={async () => {
          await asked(api.DELETE("/v1/webhooks/{webhook_id}", { params: { path } }));
          navigate("/settings/webhooks");
        }}
        done={say("removed")}
        stale={[["webhooks"]]}
      />
      <Modal
        opened={opened !== null}
        onClose={close}
        title={opened === "rotate" ? say("rotateTitle") : sayAll("edit")}
        transitionProps={{ duration: 0 }}
      >
        {opened === "edit" && <WebhookForm webhook={webhook} show={show} done={close} />}
        {opened === "rotate" && (
          <Form
            fields={[
              {
                name: "hours",
                label: say("overlap"),
                hint: say("overlapHint"),
                type: "number",
                value: "24",
                isRequired: true,
              },
            ]}
            submit={say("rotate")}
            cancel={close}
            send={async ({ hours }) => {
              const made = await wish((id) =>
                asked(
                  api.POST("/v1/webhooks/{webhook_id}/secret", {
                    params: { path, header: { "Idempotency-Key": id } },
                    body: { overlap_hours: Number(hours) },
                  }),
                ),
              );
              show(made.secret);
            }}
            done={close}
          >
            <p className="hint">{say("rotateText")}</p>
          </Form>
        )}
      </Modal>
    </>
  );
}

interface HealthProps {
  health: Shapes["WebhooksHealth"];
  mayReplay: boolean;
}

function Health({ health, mayReplay }: HealthProps) {
  const say = useWords(webhookWords);
  const format = useFormat();
  const { failures, failing_since, succeeded_at, waiting, dead } = health;
  const told =
    failures > 0
      ? say("failures", { count: failures })
      : succeeded_at
        ? say("well")
        : say("untried");
  return (
    <div className="stack">
      <p>
        <Badge meaning={failures > 0 ? "late" : succeeded_at ? "good" : "plain"}>{told}</Badge>{" "}
        <span className="hint">
          {failing_since
            ? say("since", { at: format.moment(failing_since) })
            : succeeded_at && say("succeeded", { at: format.moment(succeeded_at) })}
        </span>
      </p>
      <div className="stats">
        <Stat label={say("waiting")} value={format.number(waiting)} to="?status=waiting" />
        <Stat
          label={say("dead")}
          value={format.number(dead)}
          meaning={dead > 0 ? "late" : "plain"}
          to="?status=dead"
        />
      </div>
      {mayReplay && dead > 0 && (
        <Act
          label={say("replayDead")}
          confirm={say("replayDeadConfirm", { count: dead })}
          act={() =>
            asked(
              api.POST("/v1/webhooks/{webhook_id}/replay", {
                params: {
                  path: { webhook_id: health.webhook },
                  header: { "Idempotency-Key": newId("replay") },
                },
              }),
            )
          }
          done={say("replayedDead")}
          stale={[["webhooks", health.webhook]]}
        />
      )}
    </div>
  );
}

function Deliveries({ id, mayReplay }: { id: string; mayReplay: boolean }) {
  const say = useWords(webhookWords);
  const format = useFormat();
  const [query, setQuery] = useSearchParams();
  const status = query.get("status") ?? "all";
  const pages = usePages(["webhooks", id, "deliveries", status], (cursor) =>
    asked(
      api.GET("/v1/webhooks/{webhook_id}/deliveries", {
        params: {
          path: { webhook_id: id },
          query: {
            status: status === "all" ? undefined : (status as Status),
            cursor,
            limit: 100,
          },
        },
      }),
    ),
  );
  const columns: Column<Delivery>[] = [
    {
      key: "event",
      head: say("event"),
      cell: (row) => (
        <span className="two-lines">
          <code>{row.type}</code> <span className="hint">{row.subject}</span>
        </span>
      ),
    },
    {
      key: "status",
      head: say("status"),
      cell: (row) => (
        <span className="two-lines">
          <span>
            <Badge meaning={STATUS[row.status]}>{say(row.status)}</Badge>
          </span>
          {row.status === "waiting" && (
            <span className="hint">{say("next", { at: format.moment(row.next_at) })}</span>
          )}
        </span>
      ),
    },
    { key: "answer", head: say("answerCode"), cell: (row) => <Answer delivery={row} /> },
    {
      key: "attempts",
      head: say("attempts"),
      isNumber: true,
      cell: (row) => format.number(row.attempts),
    },
    { key: "last", head: say("last"), cell: (row) => format.moment(row.last_at) },
    {
      key: "act",
      head: "",
      cell: (row) =>
        mayReplay && row.status !== "waiting" && <Replay webhook={id} delivery={row} />,
    },
  ];
  return (
    <section className="panel">
      <header className="panel-head">
        <h2>{say("deliveries")}</h2>
        <SegmentedControl
          size="xs"
          value={status}
          onChange={(value) => setQuery(value === "all" ? {} : { status: value })}
          data={(["all", "waiting", "delivered", "dead"] as const).map((value) => ({
            value,
            label: say(value),
          }))}
        />
      </header>
      <Table
        label={say("deliveries")}
        columns={columns}
        pages={pages}
        rowKey={(row) => row.id}
        empty={say("deliveriesEmpty")}
      />
    </section>
  );
}

/** The code of the last answer, and how it began, or why there was none. */
function Answer({ delivery }: { delivery: Delivery }) {
  const { last_status, last_answer, last_error } = delivery;
  if (last_status === null && !last_error) return <>—</>;
  const isBad = last_status === null || last_status >= 300;
  return (
    <span className="two-lines">
      <b className={isBad ? "late" : ""}>{last_status ?? "—"}</b>
      <span className="hint answer-text">{last_error || last_answer}</span>
    </span>
  );
}

function Replay({ webhook, delivery }: { webhook: string; delivery: Delivery }) {
  const say = useWords(webhookWords);
  return (
    <Act
      label={say("replay")}
      variant="subtle"
      act={() =>
        asked(
          api.POST("/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay", {
            params: {
              path: { webhook_id: webhook, delivery_id: delivery.id },
              header: { "Idempotency-Key": newId("replay") },
            },
          }),
        )
      }
      done={say("replayed")}
      stale={[["webhooks", webhook]]}
    />
  );
}
