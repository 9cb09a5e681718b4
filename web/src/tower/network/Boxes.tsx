import { Button, Modal } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, asked, type Shapes, send } from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { Act } from "../../ui/Act";
import { Form } from "../../ui/Form";
import { Panel } from "../../ui/Panel";
import { boxWords } from "./boxWords";
import { boxOf } from "./model";
import { networkWords } from "./words";

type Box = Shapes["Box"];

const SIDES = ["length_mm", "width_mm", "height_mm"] as const;
const WEIGHTS = ["tare_g", "max_weight_g"] as const;
const FIRST = { length_mm: 300, width_mm: 200, height_mm: 150, tare_g: 100, max_weight_g: 30_000 };

/** What a node packs in: packing proposes the smallest of these that fits. */
export function Boxes({ node }: { node: string }) {
  const say = useWords(boxWords);
  const { can } = useMe();
  const [editing, edit] = useState<Box | "new" | null>(null);
  const box = editing === "new" ? null : editing;
  const mayEdit = can("fulfilment.manage", node);
  const boxes = useQuery({
    queryKey: ["boxes", node],
    queryFn: () =>
      asked(
        api.GET("/v1/nodes/{node}/boxes", { params: { path: { node }, query: { limit: 200 } } }),
      ),
  });
  return (
    <Panel
      title={say("boxes")}
      query={boxes}
      lines={2}
      side={
        mayEdit && (
          <Button size="compact-xs" variant="subtle" onClick={() => edit("new")}>
            {say("newBox")}
          </Button>
        )
      }
      empty={({ items }) => items.length === 0 && editing === null && say("boxesEmpty")}
    >
      {({ items }) => (
        <>
          <List boxes={items} edit={mayEdit ? edit : undefined} />
          <Modal
            opened={editing !== null}
            onClose={() => edit(null)}
            title={box?.code ?? say("newBox")}
          >
            {editing && <EditBox node={node} box={box} done={() => edit(null)} />}
          </Modal>
        </>
      )}
    </Panel>
  );
}

interface ListProps {
  boxes: readonly Box[];
  edit?: (box: Box) => void;
}

function List({ boxes, edit }: ListProps) {
  const say = useWords(boxWords);
  const sayNetwork = useWords(networkWords);
  const format = useFormat();
  return (
    <ul className="plain-list">
      {boxes.map((box) => (
        <li key={box.code}>
          <span>
            <b className="code">{box.code}</b>{" "}
            <span className="hint">
              {SIDES.map((side) => format.number(box[side])).join(" × ")} mm ·{" "}
              {say("upTo", { kg: format.number(box.max_weight_g / 1000) })}
            </span>
          </span>
          {edit && (
            <span className="acts">
              <Button
                size="compact-xs"
                variant="subtle"
                aria-label={`${sayNetwork("edit")} ${box.code}`}
                onClick={() => edit(box)}
              >
                {sayNetwork("edit")}
              </Button>
              <Drop box={box} />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

function Drop({ box }: { box: Box }) {
  const say = useWords(boxWords);
  return (
    <Act
      label={say("drop")}
      variant="subtle"
      confirm={say("dropText", { box: box.code })}
      act={() =>
        asked(
          api.DELETE("/v1/nodes/{node}/boxes/{box}", {
            params: { path: { node: box.node, box: box.code } },
          }),
        )
      }
      done={say("dropped")}
      undo={() => save(box)}
      stale={[["boxes", box.node]]}
    />
  );
}

interface EditBoxProps {
  node: string;
  box: Box | null;
  done: () => void;
}

function EditBox({ node, box, done }: EditBoxProps) {
  const say = useWords(boxWords);
  const sayNetwork = useWords(networkWords);
  const queries = useQueryClient();
  const known = box ?? FIRST;
  return (
    <Form
      fields={[
        {
          name: "code",
          label: say("code"),
          value: box?.code,
          isFixed: box !== null,
          isRequired: true,
        },
        ...[...SIDES, ...WEIGHTS].map((name) => ({
          name,
          label: say(name),
          type: "number" as const,
          value: String(known[name]),
          isRequired: true,
        })),
      ]}
      submit={sayNetwork("save")}
      cancel={done}
      send={(given) => save(boxOf(node, given))}
      done={() => {
        queries.invalidateQueries({ queryKey: ["boxes", node] });
        done();
      }}
    />
  );
}

function save(box: Box) {
  return send({ method: "POST", path: "/v1/boxes/batch", body: { items: [box] } });
}
