import { api, asked, type Shapes } from "../../../api/client";
import { rowsOf } from "../../../model/typed";
import { useWords } from "../../../model/words";
import { useTelling } from "../../../ui/Act";
import { Deeds } from "../../../ui/Deeds";
import { Form } from "../../../ui/Form";
import { useNodes } from "../../../ui/nodes";
import { Panel } from "../../../ui/Panel";
import { Change, type Wished } from "./Change";
import { dayField, refuse, SUPPLY_KEYS, useLines, useNumber } from "./fields";
import { findSkus, useFindNodes } from "./find";
import { wantedOf, wrongLines } from "./model";
import { supplyWords } from "./words";

type Transfer = Shapes["SupplyTransfer"];

/** Plan to move units from node to node, in a window of its own. */
export function NewTransfer() {
  const say = useWords(supplyWords);
  const name = say("newTransfer");
  return (
    <Deeds
      deeds={[
        { label: name, title: name, size: "xl", window: (close) => <Planned close={close} /> },
      ]}
    />
  );
}

function Planned({ close }: { close: () => void }) {
  const nodes = useNodes();
  return (
    <Panel query={nodes} lines={8}>
      {() => <TransferForm close={close} />}
    </Panel>
  );
}

function TransferForm({ close }: { close: () => void }) {
  const say = useWords(supplyWords);
  const { tell } = useTelling<Transfer, Transfer>(SUPPLY_KEYS);
  const sources = useFindNodes("supply.write");
  const targets = useFindNodes("network.read");
  const number = useNumber("T");
  const lines = useLines({ find: findSkus });
  const send = async (typed: Record<string, string>) => {
    const rows = rowsOf(typed.lines);
    const { source = "", target = "", expected_on = "" } = typed;
    const noNode = (["source", "target"] as const)
      .filter((name) => !typed[name])
      .map((name) => ({ pointer: `/${name}`, message: say("noNode") }));
    const same = { pointer: "/target", message: say("sameNode") };
    const isSame = source !== "" && source === target;
    refuse([...noNode, ...(isSame ? [same] : []), ...wrongLines(rows, say)], say);
    const transfer_id = (typed.id ?? "").trim();
    const made = await asked(
      api.PUT("/v1/transfers/{transfer_id}", {
        params: { path: { transfer_id } },
        body: { source, target, expected_on, lines: wantedOf(rows, false) as Shapes["UnitLine"][] },
      }),
    );
    tell(made, {
      done: say("planned", { id: transfer_id }),
      undo: () => callOffTransfer(transfer_id, say("undoneReason")),
      undone: () => say("orderUndone", { id: transfer_id }),
    });
  };
  const node = { type: "search", hint: say("nodeHint") } as const;
  return (
    <Form
      fields={[
        {
          ...node,
          name: "source",
          label: say("source"),
          find: sources.find,
          options: sources.only,
        },
        { ...node, name: "target", label: say("target"), find: targets.find },
        dayField(say),
        lines,
        number,
      ]}
      submit={say("plan")}
      send={send}
      done={close}
      cancel={close}
    />
  );
}

export function callOffTransfer(transfer_id: string, reason: string): Promise<Transfer> {
  return asked(
    api.PUT("/v1/transfers/{transfer_id}/cancellation", {
      params: { path: { transfer_id } },
      body: { reason },
    }),
  );
}

interface TransferProps {
  transfer: Transfer;
  close: () => void;
}

/** Other units or another day of a transfer that has not left. */
export function ChangeTransfer({ transfer, close }: TransferProps) {
  const put = (change_id: string, { expected_on, lines }: Wished) =>
    asked(
      api.PUT("/v1/transfers/{transfer_id}/changes/{change_id}", {
        params: { path: { transfer_id: transfer.id, change_id } },
        body: { expected_on, lines },
      }),
    );
  return (
    <Change
      id={transfer.id}
      expectedOn={transfer.expected_on}
      before={transfer.lines.map(({ sku, planned }) => ({ sku, quantity: planned }))}
      find={() => findSkus}
      put={put}
      close={close}
    />
  );
}
