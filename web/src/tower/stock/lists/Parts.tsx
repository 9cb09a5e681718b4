import { Select } from "@mantine/core";
import { useMe } from "../../../app/me";
import { isLetIn } from "../../../model/reach";
import { useWords } from "../../../model/words";
import { useNodeOptions } from "../../../ui/nodes";
import { Tabs } from "../../../ui/Tabs";
import { listWords } from "./words";

/** The parts of stock that this reader may see. */
export function Parts() {
  const say = useWords(listWords);
  const { can, reach } = useMe();
  const tabs = [
    { to: "/stock", name: say("skus"), isExact: true, needs: "stock.read" },
    { to: "/stock/all/nodes", name: say("nodes"), needs: "network.read" },
    { to: "/stock/all/moving", name: say("moving"), needs: "supply.read" },
    { to: "/stock/all/kept", name: say("kept"), needs: "promise.read" },
    { to: "/stock/all/counts", name: say("counts"), needs: "stock.read" },
    { to: "/stock/all/value", name: say("value"), needs: "value.read" },
    { to: "/stock/all/integrity", name: say("integrity"), needs: "audit.read" },
  ];
  const shown = tabs.filter(({ to, needs }) => can(needs) && isLetIn(reach, to));
  return <Tabs label={say("parts")} tabs={shown} />;
}

interface NodeChoiceProps {
  value: string | null;
  choose: (node: string | null) => void;
  /** Those alone at which this is permitted. */
  permission: string;
}

export function NodeChoice({ value, choose, permission }: NodeChoiceProps) {
  const say = useWords(listWords);
  const { can } = useMe();
  return (
    <Select
      size="sm"
      aria-label={say("node")}
      placeholder={say("node")}
      searchable
      clearable
      value={value}
      onChange={choose}
      data={useNodeOptions((node) => can(permission, node))}
      comboboxProps={{ transitionProps: { duration: 0 } }}
    />
  );
}
