import { useWords } from "../../../model/words";
import { useTelling } from "../../../ui/Act";
import { Form } from "../../../ui/Form";
import { SUPPLY_KEYS } from "./fields";
import { supplyWords } from "./words";

interface CallOffProps {
  id: string;
  /** What it will do, said before it is done. */
  text: string;
  act: (reason: string) => Promise<unknown>;
  close: () => void;
}

/** Call a purchase order or a transfer off, and say why. */
export function CallOff({ id, text, act, close }: CallOffProps) {
  const say = useWords(supplyWords);
  const { tell } = useTelling(SUPPLY_KEYS);
  return (
    <div className="stack">
      <p>{text}</p>
      <Form
        fields={[{ name: "reason", label: say("reason"), isRequired: true }]}
        submit={say("callOff")}
        send={async ({ reason = "" }) =>
          tell(await act(reason.trim()), { done: say("calledOff", { id }) })
        }
        done={close}
        cancel={close}
      />
    </div>
  );
}
