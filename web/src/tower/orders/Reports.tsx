import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { useActor } from "../../ui/actors";
import { Facts } from "../../ui/Facts";
import { type Field, Form } from "../../ui/Form";
import { Panel } from "../../ui/Panel";
import { Badge } from "../../ui/parts";
import { reportWords } from "./reportWords";

type Report = Shapes["Report"];

/** What the customer reported, and its answer; of an order that is fine, nothing is shown. */
export function Reports({ order }: { order: string }) {
  const say = useWords(reportWords);
  const query = useQuery({
    queryKey: ["order", order, "reports"],
    queryFn: () => asked(api.GET("/v1/reports", { params: { query: { order, limit: 20 } } })),
  });
  if (query.data?.items.length === 0) return null;
  return (
    <Panel title={say("reports")} query={query} lines={2}>
      {({ items }) => (
        <div className="stack">
          {items.map((one) => (
            <OneReport key={one.id} report={one} />
          ))}
        </div>
      )}
    </Panel>
  );
}

function OneReport({ report }: { report: Report }) {
  const say = useWords(reportWords);
  const format = useFormat();
  const { canEverywhere } = useMe();
  const isOpen = report.settled_at === null;
  return (
    <section className="stack" aria-label={say(report.trouble)}>
      <p>
        <Badge meaning={isOpen ? "late" : "good"}>{say(isOpen ? "open" : "settled")}</Badge>{" "}
        <b>{say(report.trouble)}</b>{" "}
        <span className="hint">{format.moment(report.reported_at)}</span>
      </p>
      {report.words && <blockquote className="text-message">{report.words}</blockquote>}
      {!isOpen && <Settled report={report} />}
      {isOpen && canEverywhere("orders.write") && <Settle report={report} />}
    </section>
  );
}

function Settled({ report }: { report: Report }) {
  const say = useWords(reportWords);
  const format = useFormat();
  const actor = useActor();
  const { answer, told, settled_by, settled_name, settled_at } = report;
  const who = say("by", {
    who: actor(settled_by ?? "", settled_name),
    at: format.moment(settled_at),
  });
  return (
    <Facts
      facts={[
        [say("answer"), answer || "—"],
        [say("told"), told || say("nothingTold")],
        [say("settled"), who],
      ]}
    />
  );
}

function Settle({ report }: { report: Report }) {
  const say = useWords(reportWords);
  const cache = useQueryClient();
  const fields: Field[] = [
    { name: "told", label: say("told"), hint: say("toldHint"), type: "long" },
    { name: "answer", label: say("answer"), hint: say("answerHint"), isRequired: true },
  ];
  const settle = ({ told = "", answer = "" }: Record<string, string>) =>
    asked(
      api.PUT("/v1/reports/{report_id}/settlement", {
        params: { path: { report_id: report.id } },
        body: { answer, told },
      }),
    );
  const refresh = () => cache.invalidateQueries({ queryKey: ["order", report.order] });
  return <Form fields={fields} submit={say("settle")} send={settle} done={refresh} />;
}
