import { Progress } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, asked, Problem, type Shapes } from "../api/client";
import { useFormat } from "../model/format";
import { useLanguage, useWords } from "../model/words";
import { Act } from "./Act";
import { fileWords } from "./fileWords";

export type Job = Shapes["Job"];

const ASK_EVERY_MS = 600;
const STEADY = 100;

export function hasEnded(job: Pick<Job, "state">): boolean {
  return job.state !== "waiting" && job.state !== "running";
}

/** A job that is not there, or not ours to see, is not asked for again. */
function isRefused(error: unknown): boolean {
  return error instanceof Problem && error.isRefusal;
}

/** A job as it stands, asked for again and again until it has ended. */
export function useJob(id: string | null) {
  return useQuery({
    queryKey: ["job", id],
    queryFn: () => asked(api.GET("/v1/jobs/{job_id}", { params: { path: { job_id: id ?? "" } } })),
    enabled: id !== null,
    refetchInterval: ({ state }) =>
      isRefused(state.error) || (state.data !== undefined && hasEnded(state.data))
        ? false
        : ASK_EVERY_MS,
    staleTime: 0,
  });
}

interface JobProgressProps {
  job: Job;
  label: string;
  /** What its steps are, where they are not lines. */
  steps?: string;
  mayCancel?: boolean;
}

/** How far a job is: its bar, its steps, and the wish to stop it. */
export function JobProgress({ job, label, steps, mayCancel = false }: JobProgressProps) {
  const say = useWords(fileWords);
  const format = useFormat();
  const isWhole = job.total !== null && job.total > 0;
  const share = isWhole ? (STEADY * job.done) / (job.total ?? 1) : STEADY;
  const told = { done: format.number(job.done), total: format.number(job.total), count: job.done };
  const said = steps ?? (isWhole ? say("ofLines", told) : say("lines", told));
  return (
    <div className="job" role="status">
      <div className="job-head">
        <span>{label}</span>
        <span className="hint">{job.state === "waiting" ? say("waits") : said}</span>
        {mayCancel && !hasEnded(job) && <CancelJob job={job} />}
      </div>
      <Progress
        value={job.state === "waiting" ? 0 : share}
        animated={!isWhole && job.state === "running"}
        aria-label={say("progress")}
        transitionDuration={0}
      />
    </div>
  );
}

export function CancelJob({ job }: { job: Job }) {
  const say = useWords(fileWords);
  return (
    <Act
      label={say("cancel")}
      variant="subtle"
      act={() =>
        asked(
          api.PUT("/v1/jobs/{job_id}/cancellation", {
            params: { path: { job_id: job.id } },
          }),
        )
      }
      done={say("cancelDone")}
      stale={[["job", job.id], ["jobs"]]}
    />
  );
}

/** Why a job did not do what it was asked for, in the reader's language. */
export function JobFailure({ job, cancelled }: { job: Job; cancelled?: string }) {
  const say = useWords(fileWords);
  const language = useLanguage();
  if (job.state === "cancelled") return <p role="status">{cancelled ?? say("cancelled")}</p>;
  if (job.state !== "failed") return null;
  return (
    <div className="failure" role="alert">
      <p>
        <strong>{job.error ? job.error.says[language] : say("failed")}</strong>{" "}
        {job.error?.do[language]} <code>{job.error?.code}</code>
      </p>
    </div>
  );
}
