import { useRef } from "react";
import { api, asked, type Shapes } from "../../../api/client";
import { rowsOf } from "../../../model/typed";
import { useWords } from "../../../model/words";
import { useTelling } from "../../../ui/Act";
import { Deeds } from "../../../ui/Deeds";
import { type Field, Form } from "../../../ui/Form";
import { NodesKnown } from "../../../ui/NodesKnown";
import { Panel } from "../../../ui/Panel";
import { Change, type Wished } from "./Change";
import { dayField, nodeField, refuse, SUPPLY_KEYS, useLines, useNumber } from "./fields";
import { soldBy, useFindNodes } from "./find";
import { type Suppliers, useSuppliers } from "./known";
import { type SaySupply, wantedOf, wrongLines } from "./model";
import { supplyWords } from "./words";

type Purchase = Shapes["Purchase"];

/** Ask units from a supplier, in a window of its own. */
export function NewPurchase() {
  const say = useWords(supplyWords);
  const name = say("newPurchase");
  return (
    <Deeds
      deeds={[{ label: name, title: name, size: "xl", window: (close) => <Asked close={close} /> }]}
    />
  );
}

function Asked({ close }: { close: () => void }) {
  const suppliers = useSuppliers();
  return (
    <NodesKnown>
      <Panel query={suppliers} lines={8}>
        {(known) => <PurchaseForm known={known} close={close} />}
      </Panel>
    </NodesKnown>
  );
}

function PurchaseForm({ known, close }: { known: Suppliers; close: () => void }) {
  const say = useWords(supplyWords);
  const { tell } = useTelling<Purchase, Purchase>(SUPPLY_KEYS);
  const nodes = useFindNodes("supply.write");
  const number = useNumber("PO");
  const supplier = useRef("");
  const meant = () => partnerOf(known.partners, supplier.current);
  const lines = useLines({ find: soldBy(meant, known.at.slice(0, 10)), hasCost: true });
  const send = async (typed: Record<string, string>) => {
    const rows = rowsOf(typed.lines);
    const noNode = typed.node ? [] : [{ pointer: "/node", message: say("noNode") }];
    refuse([...noNode, ...wrongLines(rows, say)], say);
    const purchase_id = (typed.id ?? "").trim();
    const body = {
      supplier: typed.supplier ?? "",
      node: typed.node ?? "",
      ordered_at: known.at,
      expected_on: typed.expected_on ?? "",
      lines: wantedOf(rows, true) as Shapes["PurchaseLine"][],
    };
    const path = { purchase_id };
    const made = await asked(
      api.PUT("/v1/purchase-orders/{purchase_id}", { params: { path }, body }),
    );
    tell(made, {
      done: say("ordered", { id: purchase_id }),
      undo: () => callOffPurchase(purchase_id, say("undoneReason")),
      undone: () => say("orderUndone", { id: purchase_id }),
    });
  };
  return (
    <Form
      fields={[
        partnerField(say, known.partners, (typed) => {
          supplier.current = typed.trim();
        }),
        nodeField(say, { find: nodes.find, options: nodes.only }),
        dayField(say),
        lines,
        number,
      ]}
      submit={say("order")}
      send={send}
      done={close}
      cancel={close}
    />
  );
}

/** Who sends it, as it is called among the partners, or in free words. */
export function partnerField(
  say: SaySupply,
  partners: Suppliers["partners"],
  heard?: (typed: string) => void,
): Field {
  return {
    name: "supplier",
    label: say("supplier"),
    hint: say("supplierHint"),
    options: partners.map(({ code, name }) => ({ value: name, label: code })),
    heard,
    autoComplete: "off",
    isRequired: true,
  };
}

function partnerOf(partners: Suppliers["partners"], supplier: string): string | undefined {
  const meant = partners.find(({ code }) => code === supplier);
  return (meant ?? partners.find(({ name }) => name === supplier))?.code;
}

export function callOffPurchase(purchase_id: string, reason: string): Promise<Purchase> {
  return asked(
    api.PUT("/v1/purchase-orders/{purchase_id}/cancellation", {
      params: { path: { purchase_id } },
      body: { reason },
    }),
  );
}

interface ChangePurchaseProps {
  purchase: Purchase;
  close: () => void;
}

/** Other units, another cost or another day of a purchase order of which more is to come. */
export function ChangePurchase({ purchase, close }: ChangePurchaseProps) {
  const suppliers = useSuppliers();
  const meant = () => partnerOf(suppliers.data?.partners ?? [], purchase.supplier);
  const put = (change_id: string, { expected_on, lines }: Wished) =>
    asked(
      api.PUT("/v1/purchase-orders/{purchase_id}/changes/{change_id}", {
        params: { path: { purchase_id: purchase.id, change_id } },
        body: { expected_on, lines: lines as Shapes["PurchaseWanted"][] },
      }),
    );
  return (
    <Change
      id={purchase.id}
      expectedOn={purchase.expected_on}
      before={purchase.lines.map(({ sku, quantity, cost_cents }) => ({
        sku,
        quantity,
        cost_cents,
      }))}
      came={new Map(purchase.lines.map(({ sku, received }) => [sku, received]))}
      find={(day) => soldBy(meant, day)}
      hasCost
      put={put}
      close={close}
    />
  );
}
