import { useQuery } from "@tanstack/react-query";
import { api, asked, type Shapes } from "../../../api/client";
import { useFormat } from "../../../model/format";
import { useWords } from "../../../model/words";
import { Panel } from "../../../ui/Panel";
import { spanOf } from "./model";
import { listWords } from "./words";

/** How right a node's book is, by its random samples: the last one drawn with its interval. */
export function AccuracyOf({ node }: { node: string }) {
  const say = useWords(listWords);
  const found = useQuery({
    queryKey: ["accuracy", node],
    queryFn: () =>
      asked(
        api.GET("/v1/nodes/{node}/accuracy", { params: { path: { node }, query: { limit: 10 } } }),
      ),
  });
  return (
    <Panel
      title={say("accuracy")}
      query={found}
      lines={2}
      empty={({ last }) => last === null && say("accuracyNone")}
    >
      {(one) => <Measured found={one} />}
    </Panel>
  );
}

function Measured({ found }: { found: Shapes["NodeAccuracy"] }) {
  const say = useWords(listWords);
  const format = useFormat();
  if (!found.last) return null;
  return (
    <>
      {found.items.map((one) => (
        <div key={one.task} className="interval">
          <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
            <line x1={0} x2={100} y1={4} y2={4} />
            <rect {...spanOf(one)} y={1} height={6} />
            <circle cx={100 * one.estimate} cy={4} r={2} />
          </svg>
          <span>
            {say("accuracyOf", {
              share: format.percent(one.estimate),
              lower: format.percent(one.lower),
              upper: format.percent(one.upper),
              when: format.day(one.measured_at),
            })}
          </span>
        </div>
      ))}
      {found.trend && <p className="hint">{trendOf(found.trend, say, format.percent)}</p>}
    </>
  );
}

type Say = (key: "trendUp" | "trendDown" | "trendChance", values: { change: string }) => string;

function trendOf(trend: Shapes["Trend"], say: Say, percent: (share: number) => string): string {
  const change = percent(Math.abs(trend.change));
  if (!trend.is_evident) return say("trendChance", { change });
  return say(trend.change > 0 ? "trendUp" : "trendDown", { change });
}
