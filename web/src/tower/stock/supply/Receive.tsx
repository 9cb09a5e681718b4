import { useState } from "react";
import { api, asked } from "../../../api/client";
import { useFormat } from "../../../model/format";
import { rowsOf } from "../../../model/typed";
import { useWords } from "../../../model/words";
import { useTelling } from "../../../ui/Act";
import { type Field, Form } from "../../../ui/Form";
import { Panel } from "../../../ui/Panel";
import { refuse, rowOf, SUPPLY_KEYS, useLines, useNumber } from "./fields";
import { findSkus } from "./find";
import { type Known, useKnown } from "./known";
import { type Due, receivedOf, SHOWN_AT_ONCE, unexplained, wrongLines } from "./model";
import { wrongUnits } from "./units";
import { supplyWords } from "./words";

interface ReceiveProps {
  /** What it is a receipt of. */
  of: "purchase_order" | "transfer" | "asn";
  id: string;
  due: readonly Due[];
  close: () => void;
}

/** Count in what came of a purchase order, a transfer or an ASN. */
export function Receive(props: ReceiveProps) {
  const skus = props.due.map(({ sku }) => sku);
  const known = useKnown(props.id, skus);
  return (
    <Panel query={known} lines={8}>
      {(found) => <ReceiptForm {...props} known={found} />}
    </Panel>
  );
}

interface ReceiptFormProps extends ReceiveProps {
  known: Known;
}

function ReceiptForm({ known, close, ...props }: ReceiptFormProps) {
  const say = useWords(supplyWords);
  const format = useFormat();
  const { tell } = useTelling<{ units: number }>(SUPPLY_KEYS);
  const number = useNumber("R");
  // Due is what was due as the form opened, whatever else is received meanwhile.
  const [{ of, id, due }] = useState(props);
  const areAllShown = due.length <= SHOWN_AT_ONCE;
  const lines = useLines({
    find: findSkus,
    hasReason: true,
    unitsOf: "received",
    hint: areAllShown ? undefined : say("receivedLong"),
    rows: areAllShown
      ? due.map((one) => ({
          ...rowOf(known.options, one.sku, one.due),
          due: String(one.due),
          reason: "",
        }))
      : [],
  });
  const send = async (typed: Record<string, string>) => {
    const rows = rowsOf(typed.lines);
    const isLast = of === "transfer" || typed.is_last === "true";
    const bounds = { least: 0, mayBeEmpty: !areAllShown };
    const wrong = [...wrongLines(rows, say, bounds), ...wrongUnits(rows, say)];
    refuse([...wrong, ...unexplained(due, rows, isLast, say)], say);
    const receipt_id = (typed.id ?? "").trim();
    const nothing = { purchase_order: null, transfer: null, asn: null };
    const body = {
      ...nothing,
      [of]: id,
      received_at: known.at,
      lines: receivedOf(due, rows, areAllShown),
      is_last: isLast,
    };
    const path = { receipt_id };
    const came = await asked(api.PUT("/v1/receipts/{receipt_id}", { params: { path }, body }));
    tell(came, {
      done: say("received", { count: came.units, units: format.number(came.units) }),
    });
  };
  const last: Field = { name: "is_last", label: say("last"), type: "check", value: "true" };
  return (
    <div className="stack">
      <p>{say("receiveText")}</p>
      <Form
        fields={[lines, ...(of === "transfer" ? [] : [last]), number]}
        submit={say("receive")}
        send={send}
        done={close}
        cancel={close}
      />
    </div>
  );
}
