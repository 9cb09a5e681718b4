import { Button, Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, asked, type Shapes } from "../../api/client";
import { useNow } from "../../app/me";
import { useFormat } from "../../model/format";
import { useWish } from "../../model/wish";
import { useWords } from "../../model/words";
import { useDoing } from "../../ui/Act";
import type { Deed } from "../../ui/Deeds";
import { Panel } from "../../ui/Panel";
import { usePages } from "../../ui/pages";
import { Badge } from "../../ui/parts";
import { type Column, Table } from "../../ui/Table";
import { messageWords } from "../settings/messageWords";
import { meaningOfMessage } from "./model";
import { toldWords } from "./toldWords";

type Sendable = Shapes["Sendable"];
type Message = Shapes["Message"];

const KEYS = [["messages"], ["order"]];

/** Tell the customer how their order stands: chosen, looked at, then sent. */
export function useMessage(order: string): Deed {
  const say = useWords(toldWords);
  return {
    label: say("message"),
    title: say("messageTitle"),
    size: "xl",
    window: (close) => <Choose order={order} close={close} />,
  };
}

const keyOf = ({ kind, part, medium }: Sendable) => `${kind} ${part} ${medium}`;

function Choose({ order, close }: { order: string; close: () => void }) {
  const say = useWords(toldWords);
  const [picked, pick] = useState<string | null>(null);
  const sendable = useQuery({
    queryKey: ["messages", "sendable", order],
    queryFn: () =>
      asked(
        api.GET("/v1/orders/{order_id}/sendable-messages", {
          params: { path: { order_id: order } },
        }),
      ),
  });
  return (
    <Panel
      query={sendable}
      lines={4}
      empty={({ items }) => items.length === 0 && say("messageEmpty")}
    >
      {({ items }) => {
        const chosen = items.find((one) => keyOf(one) === picked) ?? (items[0] as Sendable);
        return (
          <div className="stack">
            <ul className="causes">
              {items.map((one) => (
                <li key={keyOf(one)}>
                  <button
                    type="button"
                    aria-pressed={one === chosen}
                    onClick={() => pick(keyOf(one))}
                  >
                    <Offered one={one} />
                  </button>
                </li>
              ))}
            </ul>
            <Look order={order} one={chosen} />
            <Send key={keyOf(chosen)} order={order} one={chosen} close={close} />
          </div>
        );
      }}
    </Panel>
  );
}

function Offered({ one }: { one: Sendable }) {
  const say = useWords(toldWords);
  const sayMessage = useWords(messageWords);
  const format = useFormat();
  return (
    <>
      <span>
        {sayMessage(one.kind)} {one.part && <code>{one.part}</code>}
      </span>
      <span className="hint">
        {say(`to_${one.medium}`, { to: one.to })} · {sayMessage(one.language as "en")}
        {one.times > 0 && ` · ${say("times", { count: one.times })}, ${format.moment(one.last_at)}`}
      </span>
    </>
  );
}

/** How it will look; whatever is no e-mail is its one sentence. */
function Look({ order, one }: { order: string; one: Sendable }) {
  const say = useWords(toldWords);
  if (one.medium !== "email") return <blockquote className="text-message">{one.short}</blockquote>;
  const asked = new URLSearchParams({ part: one.part, language: one.language });
  return (
    <section aria-label={say("look")}>
      <p>
        <b>{one.subject}</b>
      </p>
      <div className="small-scroll">
        <iframe
          className="letter is-short"
          sandbox=""
          title={one.subject}
          src={`/v1/orders/${order}/message-previews/${one.kind}?${asked}`}
        />
      </div>
    </section>
  );
}

interface SendProps {
  order: string;
  one: Sendable;
  close: () => void;
}

function Send({ order, one, close }: SendProps) {
  const say = useWords(toldWords);
  const format = useFormat();
  const now = useNow();
  const wish = useWish("message");
  const doing = useDoing(KEYS);
  const { kind, part, medium } = one;
  const send = () =>
    doing.mutate(
      {
        act: () =>
          wish((sending_id) =>
            asked(
              api.PUT("/v1/message-sendings/{sending_id}", {
                params: { path: { sending_id } },
                body: { order, kind, part, medium },
              }),
            ),
          ),
        done: say("messageDone", { to: one.to }),
      },
      { onSuccess: close },
    );
  const isLater = Date.parse(one.goes_at) > now;
  return (
    <Group justify="flex-end">
      <span className="hint">
        {one.is_waiting
          ? say("messageWaits")
          : isLater
            ? say("messageLater", { at: format.moment(one.goes_at) })
            : say("messageNow")}
      </span>
      <Button variant="default" onClick={close}>
        {say("messageNot")}
      </Button>
      <Button loading={doing.isPending} disabled={one.is_waiting} onClick={send}>
        {say("messageSend")}
      </Button>
    </Group>
  );
}

/** What the customer was told, by which way, and what became of it. */
export function Messages({ order }: { order: string }) {
  const say = useWords(toldWords);
  const sayMessage = useWords(messageWords);
  const format = useFormat();
  const pages = usePages(["messages", order], (cursor) =>
    asked(api.GET("/v1/messages", { params: { query: { order, cursor, limit: 20 } } })),
  );
  const columns: Column<Message>[] = [
    {
      key: "what",
      head: say("messageWhat"),
      cell: (row) => (
        <span className="two-lines">
          {sayMessage(row.kind)}
          <span className="hint">
            {say(row.medium)} · {say(row.asked_by ? "byPerson" : "byItself")}
          </span>
        </span>
      ),
    },
    {
      key: "when",
      head: say("messageWhen"),
      cell: (row) => format.moment(row.ended_at ?? row.due_at),
    },
    {
      key: "became",
      head: say("messageBecame"),
      cell: (row) => (
        <span className="two-lines">
          <Badge meaning={row.delivered_at ? "good" : meaningOfMessage(row.state)}>
            {say(row.delivered_at ? "is_delivered" : `is_${row.state}`)}
          </Badge>
          <span className="hint">
            {row.delivered_at ? format.moment(row.delivered_at) : row.result}
          </span>
        </span>
      ),
    },
  ];
  return (
    <section className="panel">
      <header className="panel-head">
        <h2>{say("messages")}</h2>
      </header>
      <Table
        label={say("messages")}
        columns={columns}
        pages={pages}
        rowKey={(row) => row.id}
        empty={say("messagesEmpty")}
      />
    </section>
  );
}
