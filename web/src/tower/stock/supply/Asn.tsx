import { useState } from "react";
import { api, asked, type Shapes, type Versioned, versioned } from "../../../api/client";
import { rowsOf } from "../../../model/typed";
import { useWords } from "../../../model/words";
import { useTelling } from "../../../ui/Act";
import { confirmed, type Deed, Deeds } from "../../../ui/Deeds";
import { useEdited } from "../../../ui/edited";
import { type Field, Form } from "../../../ui/Form";
import { NodesKnown } from "../../../ui/NodesKnown";
import { Panel } from "../../../ui/Panel";
import { dayField, nodeField, refuse, rowOf, SUPPLY_KEYS, useLines, useNumber } from "./fields";
import { findSkus, useFindNodes } from "./find";
import { type Known, type Suppliers, useKnown, useSuppliers } from "./known";
import { type Due, SHOWN_AT_ONCE, wantedOf, withNamed, wrongLines } from "./model";
import { partnerField } from "./Purchase";
import { supplyWords } from "./words";

type Asn = Shapes["Asn"];
type NewAsn = Shapes["NewAsn"];

/** Say what a supplier has under way, in a window of its own. */
export function NewAsn() {
  const say = useWords(supplyWords);
  const name = say("newAsn");
  return (
    <Deeds
      deeds={[
        { label: name, title: name, size: "xl", window: (close) => <Announced close={close} /> },
      ]}
    />
  );
}

function Announced({ close }: { close: () => void }) {
  const suppliers = useSuppliers();
  return (
    <NodesKnown>
      <Panel query={suppliers} lines={8}>
        {({ partners }) => <FreeForm partners={partners} close={close} />}
      </Panel>
    </NodesKnown>
  );
}

interface FreeFormProps {
  partners: Suppliers["partners"];
  close: () => void;
}

/** Of whichever supplier, for whichever node, of a purchase order or of none. */
function FreeForm({ partners, close }: FreeFormProps) {
  const say = useWords(supplyWords);
  const nodes = useFindNodes("supply.write");
  const number = useNumber("ASN");
  const announce = useAnnounce();
  const lines = useLines({ find: findSkus });
  const send = async (typed: Record<string, string>) => {
    const rows = rowsOf(typed.lines);
    const noNode = typed.node ? [] : [{ pointer: "/node", message: say("noNode") }];
    refuse([...noNode, ...wrongLines(rows, say)], say);
    await announce((typed.id ?? "").trim(), {
      supplier: typed.supplier ?? "",
      purchase_order: (typed.purchase_order ?? "").trim() || null,
      node: typed.node ?? "",
      expected_on: typed.expected_on ?? "",
      lines: wantedOf(rows, false),
    });
  };
  const fields: Field[] = [
    partnerField(say, partners),
    nodeField(say, { find: nodes.find, options: nodes.only }),
    { name: "purchase_order", label: say("ofPurchase"), hint: say("ofPurchaseHint") },
    dayField(say),
    lines,
    number,
  ];
  return <Form fields={fields} submit={say("announce")} send={send} done={close} cancel={close} />;
}

interface AnnouncePurchaseProps {
  purchase: Shapes["Purchase"];
  due: readonly Due[];
  close: () => void;
}

/** Of this purchase order: what its supplier says is under way of what is still to come. */
export function AnnouncePurchase({ purchase, due, close }: AnnouncePurchaseProps) {
  const say = useWords(supplyWords);
  const announce = useAnnounce();
  const { id, supplier, node, expected_on } = purchase;
  const open = due.filter((line) => line.due > 0);
  return (
    <OfKnown
      id={id}
      text={say("announceText", { supplier, node })}
      submit={say("announce")}
      before={open.map((line) => ({ sku: line.sku, quantity: line.due }))}
      expectedOn={expected_on}
      hint={say("announceLong")}
      isNew
      close={close}
      send={(asn, wished) => announce(asn, { supplier, purchase_order: id, node, ...wished })}
    />
  );
}

/** Say otherwise what is under way, as long as nothing of it has come. */
export function ChangeAsn({ id, close }: { id: string; close: () => void }) {
  const read = useEdited(["asn", id], () => {
    const params = { path: { asn_id: id } };
    return versioned(api.GET("/v1/asns/{asn_id}", { params }));
  });
  return (
    <Panel query={read} lines={8}>
      {(found) => <ChangeRead id={id} read={found} close={close} />}
    </Panel>
  );
}

interface ChangeReadProps {
  id: string;
  read: Versioned<Asn>;
  close: () => void;
}

function ChangeRead({ id, read, close }: ChangeReadProps) {
  const say = useWords(supplyWords);
  const { tell } = useTelling<Versioned<Asn>>(SUPPLY_KEYS);
  const { value: asn, etag } = read;
  const { supplier, purchase_order, node, expected_on } = asn;
  const before = asn.lines.map(({ sku, quantity }) => ({ sku, quantity }));
  const was = { supplier, purchase_order, node, expected_on, lines: before };
  return (
    <OfKnown
      id={id}
      text={say("announceText", { supplier, node })}
      submit={say("save")}
      before={before}
      expectedOn={expected_on}
      hint={say("linesLong")}
      close={close}
      send={async (_, wished) => {
        const changed = await versioned(announcing(id, { ...was, ...wished }, etag));
        tell(changed, {
          done: say("changed", { id }),
          undo: (now) => versioned(announcing(id, was, now.etag)),
          undone: () => say("changeUndone", { id }),
        });
      }}
    />
  );
}

type Wished = Pick<NewAsn, "expected_on" | "lines">;

interface OfKnownProps {
  /** Of what it is: a purchase order, or the ASN itself. */
  id: string;
  /** Whose it is and for whom: known, and not asked. */
  text: string;
  submit: string;
  before: readonly { sku: string; quantity: number }[];
  expectedOn: string;
  /** What is said of its lines where they are too many to be shown. */
  hint: string;
  /** Whether it gets a number, and what is not named is not announced. */
  isNew?: boolean;
  send: (asn: string, wished: Wished) => Promise<unknown>;
  close: () => void;
}

function OfKnown(props: OfKnownProps) {
  const known = useKnown(
    props.id,
    props.before.map(({ sku }) => sku),
  );
  return (
    <Panel query={known} lines={8}>
      {(found) => <KnownForm {...props} known={found} />}
    </Panel>
  );
}

function KnownForm({ known, ...props }: OfKnownProps & { known: Known }) {
  const say = useWords(supplyWords);
  const number = useNumber("ASN");
  // What was shown as the form opened is what is announced, whatever comes meanwhile.
  const [{ text, submit, before, expectedOn, hint, isNew = false }] = useState(props);
  const areAllShown = before.length <= SHOWN_AT_ONCE;
  const lines = useLines({
    find: findSkus,
    hint: areAllShown ? undefined : hint,
    rows: areAllShown ? before.map(({ sku, quantity }) => rowOf(known.options, sku, quantity)) : [],
  });
  const isRest = !areAllShown && !isNew;
  const send = async (typed: Record<string, string>) => {
    const rows = rowsOf(typed.lines);
    refuse(wrongLines(rows, say, { least: isRest ? 0 : 1, mayBeEmpty: isRest }), say);
    const named = wantedOf(rows, false);
    await props.send((typed.id ?? "").trim(), {
      expected_on: typed.expected_on ?? "",
      lines: isRest ? withNamed(before, named) : named,
    });
  };
  return (
    <div className="stack">
      <p>{text}</p>
      <Form
        fields={[dayField(say, expectedOn), lines, ...(isNew ? [number] : [])]}
        submit={submit}
        send={send}
        done={props.close}
        cancel={props.close}
      />
    </div>
  );
}

/** Announce it, and offer to call it off again. */
function useAnnounce() {
  const say = useWords(supplyWords);
  const { tell } = useTelling<Asn, Asn>(SUPPLY_KEYS);
  return async (id: string, body: NewAsn) =>
    tell(await asked(announcing(id, body)), {
      done: say("announced", { id }),
      undo: () => callOff(id),
      undone: () => say("orderUndone", { id }),
    });
}

/** Nothing more of it is expected. */
export function useCallOffAsn(id: string): Deed {
  const say = useWords(supplyWords);
  return confirmed({
    label: say("callOff"),
    confirm: say("callOffAsn", { id }),
    act: () => callOff(id),
    done: say("calledOff", { id }),
    stale: SUPPLY_KEYS,
    isLate: true,
  });
}

function announcing(asn_id: string, body: NewAsn, etag?: string) {
  const params = { path: { asn_id }, header: { "If-Match": etag } };
  return api.PUT("/v1/asns/{asn_id}", { params, body });
}

function callOff(asn_id: string): Promise<Asn> {
  return asked(api.PUT("/v1/asns/{asn_id}/cancellation", { params: { path: { asn_id } } }));
}
