import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { api, asked, newId, type Shapes } from "../../../api/client";
import { span, useFormat } from "../../../model/format";
import { useLanguage, useWords } from "../../../model/words";
import { Act } from "../../../ui/Act";
import { Panel } from "../../../ui/Panel";
import { PAGE_ROWS, usePages } from "../../../ui/pages";
import { Badge, PageHead } from "../../../ui/parts";
import { type Column, Table } from "../../../ui/Table";
import { Parts } from "./Parts";
import { listWords } from "./words";

type Run = Shapes["Run"];

/** What the auditor found last, and all that it has looked at before. */
export function Integrity() {
  const say = useWords(listWords);
  const format = useFormat();
  const audit = useQuery({
    queryKey: ["audit"],
    queryFn: () => asked(api.GET("/v1/audit")),
    refetchInterval: 20_000,
  });
  const runs = usePages<Run>(["audit", "runs"], (cursor) =>
    asked(api.GET("/v1/audit/runs", { params: { query: { cursor, limit: PAGE_ROWS } } })),
  );
  const ask = () =>
    asked(
      api.POST("/v1/audit/runs", {
        body: { is_full: true },
        headers: { "Idempotency-Key": newId("audit") },
      }),
    );
  return (
    <>
      <PageHead
        title={say("integrity")}
        answer={say("integrityAnswer")}
        side={
          <Act
            label={say("ask")}
            confirm={say("askConfirm")}
            act={ask}
            done={say("askDone")}
            stale={[["audit"]]}
          />
        }
      />
      <Parts />
      <Panel
        title={say("last")}
        query={audit}
        lines={2}
        empty={({ last }) => last === null && say("neverAudited")}
      >
        {(found) =>
          found.last && (
            <p className="big">
              <Result run={found.last} />{" "}
              <Link to={`/stock/integrity/${found.last.id}`}>
                {format.moment(found.last.ended_at)}
              </Link>
            </p>
          )
        }
      </Panel>
      <Panel
        title={say("checks")}
        query={audit}
        lines={8}
        empty={({ checks }) => checks.length === 0 && say("neverAudited")}
      >
        {(found) => <Checks checks={found.checks} />}
      </Panel>
      <section className="panel">
        <header className="panel-head">
          <h2>{say("history")}</h2>
        </header>
        <Table
          label={say("history")}
          columns={useRunColumns()}
          pages={runs}
          rowKey={(row) => row.id}
          to={(row) => `/stock/integrity/${row.id}`}
          empty={say("historyEmpty")}
        />
      </section>
    </>
  );
}

function Result({ run }: { run: Run }) {
  const say = useWords(listWords);
  const format = useFormat();
  if (run.failure) return <Badge meaning="late">{say("failed")}</Badge>;
  if (run.ended_at === null) return <Badge>{say("running")}</Badge>;
  return run.differences === 0 ? (
    <Badge meaning="good">{say("clean")}</Badge>
  ) : (
    <Badge meaning="late">
      {say("unclean", { count: run.differences, shown: format.number(run.differences) })}
    </Badge>
  );
}

function useRunColumns(): Column<Run>[] {
  const say = useWords(listWords);
  const format = useFormat();
  return [
    { key: "began", head: say("began"), cell: (row) => format.moment(row.began_at) },
    { key: "of", head: say("of"), cell: (row) => say(row.is_full ? "fullRun" : "touchedRun") },
    { key: "skus", head: say("skus"), isNumber: true, cell: (row) => format.number(row.skus_done) },
    {
      key: "took",
      head: say("took"),
      isNumber: true,
      cell: (row) =>
        row.ended_at ? tookOf(Date.parse(row.ended_at) - Date.parse(row.began_at)) : "—",
    },
    { key: "result", head: say("status"), cell: (row) => <Result run={row} /> },
  ];
}

function tookOf(milliseconds: number): string {
  return milliseconds < 60_000 ? `${Math.round(milliseconds / 1000)}\u00a0s` : span(milliseconds);
}

function Checks({ checks }: { checks: readonly Shapes["CheckResult"][] }) {
  const say = useWords(listWords);
  const format = useFormat();
  const language = useLanguage();
  const worstFirst = [...checks].sort(
    (one, other) => other.differences - one.differences || one.name.localeCompare(other.name),
  );
  return (
    <div className="small-scroll is-long">
      <table className="small-table">
        <thead>
          <tr>
            <th>{say("check")}</th>
            <th className="number">{say("comparedHead")}</th>
            <th className="number">{say("differences")}</th>
          </tr>
        </thead>
        <tbody>
          {worstFirst.map((one) => (
            <tr key={one.name}>
              <th scope="row">{language === "fr" ? one.question.fr : one.question.en}</th>
              <td className="number">{format.number(one.compared)}</td>
              <td className={`number ${one.differences > 0 ? "late" : ""}`}>
                {format.number(one.differences)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** One audit: what each check compared, and each difference with the movement behind it. */
export function OneRun() {
  const say = useWords(listWords);
  const format = useFormat();
  const language = useLanguage();
  const { run: id = "" } = useParams();
  const path = { run_id: id };
  const shown = useQuery({
    queryKey: ["audit", "run", id],
    queryFn: () => asked(api.GET("/v1/audit/runs/{run_id}", { params: { path } })),
  });
  const pages = usePages<Shapes["Finding"]>(["audit", "run", id, "findings"], (cursor) =>
    asked(
      api.GET("/v1/audit/runs/{run_id}/findings", {
        params: { path, query: { cursor, limit: PAGE_ROWS } },
      }),
    ),
  );
  const questionOf = (check: string) => {
    const asks = shown.data?.checks.find(({ name }) => name === check)?.question;
    return asks ? asks[language] : <code>{check}</code>;
  };
  const columns: Column<Shapes["Finding"]>[] = [
    { key: "check", head: say("check"), cell: (row) => questionOf(row.check) },
    { key: "subject", head: say("subject"), cell: (row) => <Subject finding={row} /> },
    { key: "expected", head: say("wasExpected"), isNumber: true, cell: (row) => row.expected },
    { key: "found", head: say("foundHead"), isNumber: true, cell: (row) => row.found },
    {
      key: "movement",
      head: say("movement"),
      cell: (row) => (row.movement ? <code>{row.movement}</code> : "—"),
    },
  ];
  return (
    <>
      <PageHead
        title={say("oneRun", { when: format.moment(shown.data?.run.began_at) })}
        answer={shown.data && <Result run={shown.data.run} />}
        side={<Link to="/stock/all/integrity">{say("back")}</Link>}
      />
      <Parts />
      <section className="panel">
        <header className="panel-head">
          <h2>{say("findings")}</h2>
        </header>
        <Table
          label={say("findings")}
          columns={columns}
          pages={pages}
          rowKey={(row) => `${row.check} ${row.subject}`}
          empty={say(shown.data ? agreedOf(shown.data.run) : "findingsUnknown")}
        />
      </section>
      <Panel
        title={say("checks")}
        query={shown}
        lines={8}
        empty={({ checks }) => checks.length === 0 && say("checksEmpty")}
      >
        {(found) => <Checks checks={found.checks} />}
      </Panel>
    </>
  );
}

/** What it means that nothing is listed: of an audit that is not through, not that all agrees. */
function agreedOf(run: Run) {
  if (run.failure) return "findingsFailed";
  return run.ended_at === null ? "findingsRunning" : "findingsEmpty";
}

function Subject({ finding }: { finding: Shapes["Finding"] }) {
  return finding.sku ? (
    <Link className="code" to={`/stock/${finding.sku}`}>
      {finding.subject}
    </Link>
  ) : (
    <code>{finding.subject}</code>
  );
}
