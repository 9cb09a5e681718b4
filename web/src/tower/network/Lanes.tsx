import { Button, Group, Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, asked, type Shapes, versioned } from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { numberOf } from "../../model/typed";
import { useWords } from "../../model/words";
import { useEdited } from "../../ui/edited";
import { Form } from "../../ui/Form";
import { Panel } from "../../ui/Panel";
import { usePages } from "../../ui/pages";
import { type Column, Table } from "../../ui/Table";
import { wayWords } from "./wayWords";
import { networkWords } from "./words";

type Lane = Shapes["Lane"];

export function Lanes() {
  const say = useWords(wayWords);
  const sayNetwork = useWords(networkWords);
  const format = useFormat();
  const { can } = useMe();
  const [editing, edit] = useState<Lane | "new" | null>(null);
  const pages = usePages(["lanes"], (cursor) =>
    asked(api.GET("/v1/lanes", { params: { query: { cursor, limit: 100 } } })),
  );
  const columns: Column<Lane>[] = [
    { key: "source", head: say("source"), cell: (row) => <b className="code">{row.source}</b> },
    { key: "target", head: say("target"), cell: (row) => <b className="code">{row.target}</b> },
    {
      key: "days",
      head: say("transit_days"),
      isNumber: true,
      cell: (row) => format.number(row.transit_days),
    },
    {
      key: "edit",
      head: "",
      cell: (row) =>
        can("network.write", row.source) &&
        can("network.write", row.target) && (
          <Button
            size="compact-xs"
            variant="subtle"
            aria-label={`${sayNetwork("edit")} ${row.source} ${row.target}`}
            onClick={() => edit(row)}
          >
            {sayNetwork("edit")}
          </Button>
        ),
    },
  ];
  return (
    <section className="panel">
      <Group justify="space-between" mb={12}>
        <h2>{say("lanes")}</h2>
        {can("network.write") && (
          <Button size="xs" variant="default" onClick={() => edit("new")}>
            {say("newLane")}
          </Button>
        )}
      </Group>
      <Table
        label={say("lanes")}
        columns={columns}
        pages={pages}
        rowKey={(row) => `${row.source} ${row.target}`}
        empty={say("lanesEmpty")}
      />
      <Modal
        opened={editing !== null}
        onClose={() => edit(null)}
        title={editing === "new" || !editing ? say("newLane") : say("editLane", { ...editing })}
        transitionProps={{ duration: 0 }}
      >
        {editing && <EditLane lane={editing === "new" ? null : editing} done={() => edit(null)} />}
      </Modal>
    </section>
  );
}

function EditLane({ lane, done }: { lane: Lane | null; done: () => void }) {
  const say = useWords(wayWords);
  const sayNetwork = useWords(networkWords);
  const queries = useQueryClient();
  const one = useEdited<Lane | null>(["lane", lane?.source, lane?.target], async () =>
    lane
      ? versioned(
          api.GET("/v1/lanes/{source}/{target}", {
            params: { path: { source: lane.source, target: lane.target } },
          }),
        )
      : { value: null, etag: "" },
  );
  const ends = (["source", "target"] as const).map((name) => ({
    name,
    label: say(name),
    value: lane?.[name] ?? "",
    isRequired: true,
    isFixed: lane !== null,
  }));
  return (
    <Panel query={one} lines={3}>
      {({ value, etag }) => (
        <Form
          fields={[
            ...ends,
            {
              name: "transit_days",
              label: say("transit_days"),
              type: "number",
              value: value ? String(value.transit_days) : "",
              isRequired: true,
            },
          ]}
          submit={sayNetwork("save")}
          cancel={done}
          send={(given) => {
            const path = { source: given.source ?? "", target: given.target ?? "" };
            return asked(
              api.PUT("/v1/lanes/{source}/{target}", {
                params: { path, header: { "If-Match": etag || undefined } },
                body: { transit_days: numberOf(given.transit_days) as number },
              }),
            );
          }}
          done={() => {
            queries.invalidateQueries({ queryKey: ["lanes"] });
            done();
          }}
        />
      )}
    </Panel>
  );
}
