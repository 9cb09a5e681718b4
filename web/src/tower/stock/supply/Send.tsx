import { useState } from "react";
import { api, asked, type Shapes } from "../../../api/client";
import { rowsOf } from "../../../model/typed";
import { useWords } from "../../../model/words";
import { useTelling } from "../../../ui/Act";
import { Form } from "../../../ui/Form";
import { Panel } from "../../../ui/Panel";
import { refuse, rowOf, SUPPLY_KEYS, useLines } from "./fields";
import { findSkus } from "./find";
import { type Loaded, useLoaded } from "./known";
import { SHOWN_AT_ONCE, sentOf, unplanned, wrongLines } from "./model";
import { lotRows, wrongUnits } from "./units";
import { supplyWords } from "./words";

type Transfer = Shapes["SupplyTransfer"];

interface SendProps {
  transfer: Transfer;
  close: () => void;
}

/** A transfer leaves its node: what was loaded of it, and which units where they are told apart. */
export function SendTransfer(props: SendProps) {
  const loaded = useLoaded(props.transfer);
  return (
    <Panel query={loaded} lines={8}>
      {(found) => <SendForm {...props} loaded={found} />}
    </Panel>
  );
}

interface SendFormProps extends SendProps {
  loaded: Loaded;
}

function SendForm({ loaded, close, ...props }: SendFormProps) {
  const say = useWords(supplyWords);
  const { tell } = useTelling<Transfer>(SUPPLY_KEYS);
  // What was planned as the form opened is what is loaded, whatever is changed meanwhile.
  const [{ transfer, known, next }] = useState({ ...loaded, transfer: props.transfer });
  const { id } = transfer;
  const planned = new Map(transfer.lines.map((line) => [line.sku, line.planned]));
  const areAllShown = planned.size <= SHOWN_AT_ONCE;
  const lines = useLines({
    find: findSkus,
    unitsOf: "sent",
    hint: say(areAllShown ? "sentHint" : "sentLong"),
    rows: areAllShown
      ? [...planned].flatMap(([sku, units]) =>
          lotRows({ ...rowOf(known.options, sku, units), planned: String(units) }, next.get(sku)),
        )
      : [],
  });
  const send = async (typed: Record<string, string>) => {
    const rows = rowsOf(typed.lines);
    refuse(
      [
        ...wrongLines(rows, say, { mayBeEmpty: !areAllShown }),
        ...wrongUnits(rows, say),
        ...unplanned(planned, rows, say),
      ],
      say,
    );
    const body = {
      is_partial: typed.is_partial === "true",
      lines: sentOf(planned, rows, areAllShown),
    };
    const path = { transfer_id: id };
    const left = await asked(
      api.PUT("/v1/transfers/{transfer_id}/dispatch", { params: { path }, body }),
    );
    tell(left, { done: say("dispatched", { id }) });
  };
  return (
    <div className="stack">
      <p>{say("dispatchText")}</p>
      <Form
        fields={[lines, { name: "is_partial", label: say("partial"), type: "check" }]}
        submit={say("dispatch")}
        send={send}
        done={close}
        cancel={close}
      />
    </div>
  );
}
