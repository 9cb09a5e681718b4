import { Group } from "@mantine/core";
import { api, asked, type Shapes } from "../../../api/client";
import { useMe } from "../../../app/me";
import { useWish } from "../../../model/wish";
import { useWords } from "../../../model/words";
import { Act } from "../../../ui/Act";
import { listWords } from "./words";

/** Opens a count; asked again after silence it is the same one. */
export function useOpenCount() {
  const wish = useWish("count");
  return (body: Partial<Shapes["TaskBody"]>, what: string) =>
    wish(
      (task) =>
        asked(
          api.PUT("/v1/count-tasks/{task}", {
            params: { path: { task } },
            body: body as Shapes["TaskBody"],
          }),
        ),
      what,
    );
}

/** Counts of a whole node: a random sample, of which accuracy is told, or all of it. */
export function OpenCounts({ node }: { node: string }) {
  const say = useWords(listWords);
  const { can } = useMe();
  const open = useOpenCount();
  if (!can("counts.work", node) || !can("counts.approve", node)) return null;
  return (
    <Group gap={8} className="above-table">
      <Act
        label={say("drawSample")}
        confirm={say("drawSampleConfirm", { node })}
        act={() => open({ node, kind: "sample" }, `sample ${node}`)}
        done={say("openDone")}
        stale={[["counts"]]}
      />
      <Act
        label={say("countAll")}
        confirm={say("countAllConfirm", { node })}
        act={() => open({ node, kind: "full" }, `full ${node}`)}
        done={say("openDone")}
        stale={[["counts"]]}
      />
    </Group>
  );
}
