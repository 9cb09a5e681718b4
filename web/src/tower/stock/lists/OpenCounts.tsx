import { Group } from "@mantine/core";
import { api, asked, type Shapes } from "../../../api/client";
import { useMe } from "../../../app/me";
import { useWish } from "../../../model/wish";
import { useWords } from "../../../model/words";
import { Act } from "../../../ui/Act";
import { listWords } from "./words";

/** Counts of a whole node: a random sample, of which accuracy is told, or all of it. */
export function OpenCounts({ node }: { node: string }) {
  const say = useWords(listWords);
  const { can } = useMe();
  const wish = useWish("count");
  if (!can("counts.work", node) || !can("counts.approve", node)) return null;
  const open = (kind: "sample" | "full") => () =>
    wish(
      (task) =>
        asked(
          api.PUT("/v1/count-tasks/{task}", {
            params: { path: { task } },
            body: { node, kind } as Shapes["TaskBody"],
          }),
        ),
      `${kind} ${node}`,
    );
  return (
    <Group gap={8} className="above-table">
      <Act
        label={say("drawSample")}
        confirm={say("drawSampleConfirm", { node })}
        act={open("sample")}
        done={say("openDone")}
        stale={[["counts"]]}
      />
      <Act
        label={say("countAll")}
        confirm={say("countAllConfirm", { node })}
        act={open("full")}
        done={say("openDone")}
        stale={[["counts"]]}
      />
    </Group>
  );
}
