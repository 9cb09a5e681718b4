import { useState } from "react";
import { rowsOf } from "../../../model/typed";
import { useWish } from "../../../model/wish";
import { useWords } from "../../../model/words";
import { useTelling } from "../../../ui/Act";
import { Form, type Option } from "../../../ui/Form";
import { Panel } from "../../../ui/Panel";
import { dayField, refuse, rowOf, SUPPLY_KEYS, useLines } from "./fields";
import { type Known, useKnown } from "./known";
import {
  asItStands,
  changesOf,
  SHOWN_AT_ONCE,
  standing,
  undoOf,
  type Wanted,
  wantedOf,
  wrongChange,
} from "./model";
import { supplyWords } from "./words";

export interface Wished {
  expected_on: string;
  lines: Wanted[];
}

interface ChangeProps {
  id: string;
  expectedOn: string;
  before: readonly Wanted[];
  /** Units of each SKU that have come already. */
  came?: ReadonlyMap<string, number>;
  find: (day: string) => (text: string) => Promise<readonly Option[]>;
  hasCost?: boolean;
  put: (changeId: string, wished: Wished) => Promise<unknown>;
  close: () => void;
}

/** What is wanted otherwise of a purchase order or a transfer. */
export function Change(props: ChangeProps) {
  const skus = props.before.map(({ sku }) => sku);
  const known = useKnown(props.id, skus);
  return (
    <Panel query={known} lines={8}>
      {(found) => <ChangeForm {...props} known={found} />}
    </Panel>
  );
}

const NONE: ReadonlyMap<string, number> = new Map();

interface ChangeFormProps extends ChangeProps {
  known: Known;
}

function ChangeForm({ known, close, ...props }: ChangeFormProps) {
  const say = useWords(supplyWords);
  const wish = useWish("change");
  const undoing = useWish("change");
  const { tell } = useTelling(SUPPLY_KEYS);
  // What was shown as the form opened is what it changes, whatever happens meanwhile.
  const [{ id, before, came = NONE, expectedOn, find, hasCost = false, put }] = useState(props);
  const areAllShown = before.length <= SHOWN_AT_ONCE;
  const seek = find(known.at.slice(0, 10));
  const lines = useLines({
    find: async (text) => asItStands(await seek(text), before, came),
    hasCost,
    hint: areAllShown ? undefined : say("linesLong"),
    rows: areAllShown
      ? before.map((line) => ({
          ...rowOf(known.options, line.sku, line.quantity),
          ...standing(line, came),
        }))
      : [],
  });
  const send = async (typed: Record<string, string>) => {
    const rows = rowsOf(typed.lines);
    const changes = changesOf(before, wantedOf(rows, hasCost), areAllShown);
    refuse(wrongChange({ before, came, rows, changes, areAllShown }, say), say);
    const wished = { expected_on: typed.expected_on ?? "", lines: changes };
    const changed = await wish((change) => put(change, wished), JSON.stringify(wished));
    const back = { expected_on: expectedOn, lines: undoOf(before, changes) };
    tell(changed, {
      done: say("changed", { id }),
      undo: () => undoing((change) => put(change, back)),
      undone: () => say("changeUndone", { id }),
    });
  };
  return (
    <Form
      fields={[dayField(say, expectedOn), lines]}
      submit={say("save")}
      send={send}
      done={close}
      cancel={close}
    />
  );
}
