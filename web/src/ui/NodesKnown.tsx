import type { ReactNode } from "react";
import { useNodes } from "./nodes";
import { Panel } from "./Panel";

/** What begins once every node is known: where there is but one to choose, it begins with that. */
export function NodesKnown({ children }: { children: ReactNode }) {
  const nodes = useNodes();
  if (nodes.data) return children;
  return (
    <Panel query={nodes} lines={8}>
      {() => null}
    </Panel>
  );
}
