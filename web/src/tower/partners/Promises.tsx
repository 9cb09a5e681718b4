import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { api, asked, type Shapes } from "../../api/client";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { Panel } from "../../ui/Panel";
import { usePages } from "../../ui/pages";
import { FiguresTable } from "../../ui/parts";
import { type Column, Table } from "../../ui/Table";
import { lowestOf, spotOf } from "./model";
import { partnersWords } from "./words";

type Step = Shapes["Calibration"];
const SIZE = 240;
const BYS = ["node", "carrier", "option"] as const;
const WORDS = { node: "byNode", carrier: "byCarrier", option: "byOption" } as const;

/** Whether promises are honest, and by whom they were kept. */
export function Promises() {
  const say = useWords(partnersWords);
  const calibration = useQuery({
    queryKey: ["partners", "calibration"],
    queryFn: () => asked(api.GET("/v1/promises/calibration")),
  });
  return (
    <div className="grid">
      <div className="third">
        <Panel
          title={say("calibration")}
          side={<span className="hint">{say("calibrationHint")}</span>}
          query={calibration}
          lines={8}
          empty={(found) => found.items.length === 0 && say("calibrationEmpty")}
        >
          {(found) => <Calibrated steps={found.items} />}
        </Panel>
      </div>
      <div className="two-thirds">
        <Records />
      </div>
    </div>
  );
}

/** Told chance across, kept share upwards: a dot for each step, as large as it has promises. */
function Calibrated({ steps }: { steps: readonly Step[] }) {
  const say = useWords(partnersWords);
  const format = useFormat();
  const low = lowestOf(steps);
  const most = Math.max(...steps.map(({ settled }) => settled));
  const stepName = (step: Step) =>
    say("step", { from: step.from_percent, to: step.from_percent + 5 });
  return (
    <>
      <svg
        className="calibration"
        viewBox={`-44 -8 ${SIZE + 60} ${SIZE + 44}`}
        role="img"
        aria-label={say("calibration")}
      >
        <rect width={SIZE} height={SIZE} />
        <line x1={0} y1={SIZE} x2={SIZE} y2={0} />
        {steps.map((step) => {
          const { x, y } = spotOf(step, SIZE, low);
          return (
            <circle
              key={step.from_percent}
              cx={x}
              cy={y}
              r={4 + Math.round(8 * Math.sqrt(step.settled / most))}
            >
              <title>{`${stepName(step)}: ${format.percent(step.share_kept)}`}</title>
            </circle>
          );
        })}
        <text x={-8} y={SIZE} textAnchor="end">
          {format.percent(low)}
        </text>
        <text x={-8} y={10} textAnchor="end">
          {format.percent(1)}
        </text>
        <text x={SIZE} y={SIZE + 18} textAnchor="end">
          {say("told")}
        </text>
        <text x={0} y={SIZE + 18}>
          {format.percent(low)}
        </text>
        <text x={6} y={14}>
          {say("keptShare")}
        </text>
      </svg>
      <FiguresTable
        head={say("told")}
        columns={(["settled", "told", "keptShare"] as const).map((key) => ({
          key,
          label: say(key),
        }))}
        rows={steps.map((step) => ({
          key: step.from_percent,
          name: stepName(step),
          figures: [
            format.number(step.settled),
            format.percent(step.told),
            format.percent(step.share_kept),
          ],
        }))}
      />
    </>
  );
}

function Records() {
  const say = useWords(partnersWords);
  const format = useFormat();
  const [query, setQuery] = useSearchParams();
  const by = BYS.find((one) => one === query.get("by")) ?? "node";
  const pages = usePages(["partners", "records", by], (cursor) =>
    asked(
      api.GET("/v1/promises/records", {
        params: { query: { by, cursor, limit: 50 } },
      }),
    ),
  );
  const nameOf = (key: string) => {
    if (by !== "option") return key;
    if (key === "store") return say("store_pickup");
    return key === "home" || key === "relay" ? say(key) : key.replaceAll("_", " ");
  };
  const columns: Column<Shapes["PromiseRecord"]>[] = [
    { key: "key", head: say(WORDS[by]), cell: (row) => <b>{nameOf(row.key)}</b> },
    { key: "kept", head: say("kept"), isNumber: true, cell: (row) => format.number(row.kept) },
    {
      key: "broken",
      head: say("broken"),
      isNumber: true,
      cell: (row) => (
        <span className={row.broken > 0 ? "late" : ""}>{format.number(row.broken)}</span>
      ),
    },
    {
      key: "open",
      head: say("openPromises"),
      isNumber: true,
      cell: (row) => format.number(row.open),
    },
    { key: "told", head: say("told"), isNumber: true, cell: (row) => format.percent(row.told) },
    {
      key: "share",
      head: say("keptShare"),
      isNumber: true,
      cell: (row) =>
        format.percent(row.kept + row.broken > 0 ? row.kept / (row.kept + row.broken) : null),
    },
  ];
  return (
    <section className="stack" aria-labelledby="records">
      <header className="panel-head">
        <h2 id="records">{say("records")}</h2>
        <SegmentedControl
          size="xs"
          aria-label={say("by")}
          value={by}
          onChange={(value) => setQuery({ by: value }, { replace: true })}
          data={BYS.map((value) => ({ value, label: say(WORDS[value]) }))}
          transitionDuration={0}
        />
      </header>
      <Table
        label={say("records")}
        columns={columns}
        pages={pages}
        rowKey={(row) => row.key}
        empty={say("recordsEmpty")}
      />
    </section>
  );
}
