import type { Shapes } from "../../../api/client";
import { useMe } from "../../../app/me";
import { useWords } from "../../../model/words";
import { type Deed, Deeds } from "../../../ui/Deeds";
import { AnnouncePurchase, ChangeAsn, useCallOffAsn } from "./Asn";
import { CallOff } from "./CallOff";
import type { Due, SaySupply } from "./model";
import { ChangePurchase, callOffPurchase } from "./Purchase";
import { Receive } from "./Receive";
import { SendTransfer } from "./Send";
import { ChangeTransfer, callOffTransfer } from "./Transfer";
import { supplyWords } from "./words";

const WRITE = "supply.write";

export function PurchaseActs({ purchase }: { purchase: Shapes["Purchase"] }) {
  const say = useWords(supplyWords);
  const { can } = useMe();
  const { id } = purchase;
  if (purchase.closed_at !== null || !can(WRITE, purchase.node)) return null;
  const due = dueOf(purchase.lines);
  return (
    <Deeds
      deeds={[
        received(say, "purchase_order", id, due),
        ...(due.some((line) => line.due > 0) ? [announced(say, purchase, due)] : []),
        changed(say, id, (close) => <ChangePurchase purchase={purchase} close={close} />),
        calledOff(say, id, say("callOffPurchase"), (reason) => callOffPurchase(id, reason)),
      ]}
    />
  );
}

export function AsnActs({ asn }: { asn: Shapes["Asn"] }) {
  const say = useWords(supplyWords);
  const { can } = useMe();
  const { id } = asn;
  const callOff = useCallOffAsn(id);
  if (asn.closed_at !== null || !can(WRITE, asn.node)) return null;
  const hasCome = asn.lines.some(({ received }) => received > 0);
  return (
    <Deeds
      deeds={[
        received(say, "asn", id, dueOf(asn.lines)),
        ...(hasCome ? [] : [changed(say, id, (close) => <ChangeAsn id={id} close={close} />)]),
        callOff,
      ]}
    />
  );
}

/** Whoever has it sends, changes or stops it; whoever it comes to receives it. */
export function TransferActs({ transfer }: { transfer: Shapes["SupplyTransfer"] }) {
  const say = useWords(supplyWords);
  const { can } = useMe();
  const { id, source, target, lines } = transfer;
  if (transfer.cancelled || transfer.received_at !== null) return null;
  if (transfer.dispatched_at !== null) {
    if (!can(WRITE, target)) return null;
    const due = lines
      .filter(({ dispatched }) => dispatched > 0)
      .map(({ sku, dispatched }) => ({ sku, due: dispatched }));
    return <Deeds deeds={[received(say, "transfer", id, due)]} />;
  }
  if (!can(WRITE, source)) return null;
  return (
    <Deeds
      deeds={[
        {
          label: say("dispatch"),
          title: say("dispatchTitle", { id, node: source }),
          size: "xl",
          window: (close) => <SendTransfer transfer={transfer} close={close} />,
        },
        changed(say, id, (close) => <ChangeTransfer transfer={transfer} close={close} />),
        calledOff(say, id, say("callOffTransfer"), (reason) => callOffTransfer(id, reason)),
      ]}
    />
  );
}

type Window = Extract<Deed, { title: string }>["window"];

/** What is still to come of each line. */
function dueOf(lines: readonly { sku: string; quantity: number; received: number }[]): Due[] {
  return lines.map(({ sku, quantity, received }) => ({
    sku,
    due: Math.max(0, quantity - received),
  }));
}

type Of = Parameters<typeof Receive>[0]["of"];

function received(say: SaySupply, of: Of, id: string, due: readonly Due[]): Deed {
  return {
    label: say("receive"),
    title: say("receiveTitle", { id }),
    size: "xl",
    window: (close) => <Receive of={of} id={id} due={due} close={close} />,
  };
}

function announced(say: SaySupply, purchase: Shapes["Purchase"], due: readonly Due[]): Deed {
  return {
    label: say("announce"),
    title: say("announceTitle", { id: purchase.id }),
    size: "xl",
    window: (close) => <AnnouncePurchase purchase={purchase} due={due} close={close} />,
  };
}

function changed(say: SaySupply, id: string, window: Window): Deed {
  return { label: say("change"), title: say("changeTitle", { id }), size: "xl", window };
}

function calledOff(
  say: SaySupply,
  id: string,
  text: string,
  act: (reason: string) => Promise<unknown>,
): Deed {
  return {
    label: say("callOff"),
    title: say("callOffTitle", { id }),
    isLate: true,
    window: (close) => <CallOff id={id} text={text} act={act} close={close} />,
  };
}
