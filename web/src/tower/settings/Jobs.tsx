import { Progress, SegmentedControl } from "@mantine/core";
import { useSearchParams } from "react-router";
import { api, asked, type Shapes } from "../../api/client";
import { useLive } from "../../api/live";
import { useMe } from "../../app/me";
import { span, useFormat } from "../../model/format";
import { useLanguage, useWords } from "../../model/words";
import { CancelJob, hasEnded } from "../../ui/Job";
import { usePages } from "../../ui/pages";
import { Badge, type Meaning, PageHead } from "../../ui/parts";
import { type Column, Table } from "../../ui/Table";
import { jobWords } from "./jobWords";
import { settingsWords } from "./words";

type Job = Shapes["Job"];
type State = Job["state"];

const HEARD = ["job.*"];
const KEYS = [["jobs"]];
const STATES = ["waiting", "running", "done", "failed", "cancelled"] as const;
const MEANING: Record<State, Meaning> = {
  waiting: "plain",
  running: "virtual",
  done: "good",
  failed: "late",
  cancelled: "soon",
};

/** Jobs as they go on: events ask for them again. */
export function Jobs() {
  const say = useWords(jobWords);
  const sayAll = useWords(settingsWords);
  const { can } = useMe();
  const [query, setQuery] = useSearchParams();
  const state = query.get("state") ?? "all";
  useLive(HEARD, KEYS, can("events.read"));
  const pages = usePages(["jobs", state], (cursor) =>
    asked(
      api.GET("/v1/jobs", {
        params: {
          query: {
            state: state === "all" ? undefined : [state as State],
            cursor,
            limit: 100,
          },
        },
      }),
    ),
  );
  return (
    <>
      <PageHead
        title={sayAll("jobs")}
        answer={say("answer")}
        side={
          <div className="small-scroll">
            <SegmentedControl
              size="xs"
              value={state}
              onChange={(value) => setQuery(value === "all" ? {} : { state: value })}
              data={(["all", ...STATES] as const).map((value) => ({ value, label: say(value) }))}
            />
          </div>
        }
      />
      <Table
        list="jobs"
        label={sayAll("jobs")}
        columns={useColumns()}
        pages={pages}
        rowKey={(row) => row.id}
        empty={say("empty")}
      />
    </>
  );
}

function useColumns(): Column<Job>[] {
  const say = useWords(jobWords);
  const format = useFormat();
  const { me, canEverywhere } = useMe();
  const kinds = jobWords.en as Record<string, string>;
  return [
    {
      key: "job",
      head: say("job"),
      cell: (row) => (
        <span className="two-lines">
          <b>{row.kind in kinds ? say(row.kind as "files.import") : row.kind}</b>
          <span className="hint code">{row.id}</span>
        </span>
      ),
    },
    { key: "state", head: say("state"), cell: (row) => <Standing job={row} /> },
    { key: "progress", head: say("progress"), cell: (row) => <HowFar job={row} /> },
    { key: "asked", head: say("asked"), cell: (row) => format.moment(row.asked_at) },
    {
      key: "took",
      head: say("took"),
      isNumber: true,
      cell: (row) => duration(row),
    },
    {
      key: "act",
      head: "",
      cell: (row) =>
        !hasEnded(row) &&
        (row.asked_by === me.id || canEverywhere("files.import")) && <CancelJob job={row} />,
    },
  ];
}

function Standing({ job }: { job: Job }) {
  const say = useWords(jobWords);
  const language = useLanguage();
  return (
    <span className="two-lines">
      <span>
        <Badge meaning={MEANING[job.state]}>{say(job.state)}</Badge>{" "}
        {job.attempts > 1 && (
          <span className="hint">{say("attempts", { count: job.attempts })}</span>
        )}
      </span>
      {job.error && (
        <span className="hint">
          {job.error.says[language]} <code>{job.error.code}</code>
        </span>
      )}
    </span>
  );
}

function HowFar({ job }: { job: Job }) {
  const say = useWords(jobWords);
  const format = useFormat();
  const language = useLanguage();
  const done = format.number(job.done);
  const told =
    job.total === null
      ? say("stepsOpen", { done })
      : say("steps", { done, total: format.number(job.total) });
  if (job.done === 0 && job.total === null) return <>—</>;
  return (
    <span className="two-lines">
      {job.state === "running" && job.total !== null && job.total > 0 && (
        <Progress
          value={(100 * job.done) / job.total}
          aria-label={say("progress")}
          transitionDuration={0}
        />
      )}
      <span>{told}</span>
      {job.message && <span className="hint">{job.message[language]}</span>}
    </span>
  );
}

/** From its beginning to its end: seconds while they are few. */
function duration(job: Job): string {
  if (!job.started_at || !job.finished_at) return "—";
  const took = Date.parse(job.finished_at) - Date.parse(job.started_at);
  return took < 60_000 ? `${(took / 1000).toFixed(1)}\u00a0s` : span(took);
}
