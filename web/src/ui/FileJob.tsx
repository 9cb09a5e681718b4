import { Button, Group } from "@mantine/core";
import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query";
import { type DragEvent, type Ref, useEffect, useRef, useState } from "react";
import { api, asked, newId, type Shapes } from "../api/client";
import { useFormat } from "../model/format";
import { useWish } from "../model/wish";
import { useWords } from "../model/words";
import { Act } from "./Act";
import { faultPlace } from "./faults";
import { fileWords } from "./fileWords";
import { useFocusAfter } from "./focus";
import { hasEnded, type Job, JobFailure, JobProgress, useJob } from "./Job";
import { Failure } from "./Panel";
import { usePages } from "./pages";
import { Badge } from "./parts";
import { type Column, Table } from "./Table";

export type FileKind = Shapes["FileKind"];
export type Summary = Shapes["ImportSummary"];

interface FileDropProps {
  take: (file: File) => void;
  isBusy?: boolean;
  label?: string;
  hint?: string;
  button?: Ref<HTMLButtonElement>;
  /** In a line, below what is known of the file before it. */
  isSmall?: boolean;
}

/** Where a file is dropped, or chosen by hand or keyboard. */
export function FileDrop({ take, isBusy, label, hint, button, isSmall }: FileDropProps) {
  const say = useWords(fileWords);
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const over = (event: DragEvent) => {
    event.preventDefault();
    setOver(true);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file && !isBusy) take(file);
  };
  return (
    <section
      className={isSmall ? "file-drop is-small" : "file-drop"}
      aria-label={label ?? say("drop")}
      data-over={isOver || undefined}
      onDragEnter={over}
      onDragOver={over}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <p className={isSmall ? undefined : "big"}>{label ?? say("drop")}</p>
      {!isSmall && <p className="hint">{hint ?? say("dropHint")}</p>}
      <Button
        ref={button}
        size={isSmall ? "xs" : undefined}
        variant={isSmall ? "default" : "filled"}
        loading={isBusy}
        onClick={() => input.current?.click()}
      >
        {say("choose")}
      </Button>
      <input
        ref={input}
        type="file"
        className="unseen"
        tabIndex={-1}
        aria-label={say("choose")}
        accept=".csv,.txt,.tsv,.xlsx,.parquet,text/csv"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          currentTarget.value = "";
          if (file) take(file);
        }}
      />
    </section>
  );
}

interface Sent {
  name: string;
  content: Blob;
  job: string;
  isPreview: boolean;
  keepsGood: boolean;
}

interface FileImportProps {
  kind: FileKind;
  /** A file that was taken elsewhere: it is checked at once. */
  file?: File;
  /** What each of its columns is to us, where the header does not say so; empty: left out. */
  columns?: readonly string[];
  /** What is to be asked again once something was written. */
  stale?: readonly QueryKey[];
  written?: (summary: Summary) => void;
  label?: string;
  hint?: string;
}

/**
 * A file becomes a job: it is checked first, and told what it would change and what is wrong with
 * it, line by line; then it is brought in, or mended and dropped again. Nothing is half applied.
 */
export function FileImport(props: FileImportProps) {
  const { kind, file, columns, stale = [], written, label, hint } = props;
  const say = useWords(fileWords);
  const queries = useQueryClient();
  const [sent, setSent] = useState<Sent | null>(null);
  const wish = useWish("file");
  const sending = useMutation({
    // Silence after a file was to be brought in: asked again, it is brought in once.
    mutationFn: (wanted: Omit<Sent, "job">) =>
      wish((id) => send(kind, columns, wanted, id), wanted.isPreview ? newId("look") : sent?.job),
    onSuccess: setSent,
  });
  const job = useJob(sent?.job ?? null);
  const take = (chosen: File) => {
    setSent(null);
    sending.mutate({
      name: chosen.name,
      content: chosen,
      isPreview: true,
      keepsGood: false,
    });
  };
  const first = useRef<File | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a file is checked once, when it comes
  useEffect(() => {
    if (file && first.current !== file) {
      first.current = file;
      take(file);
    }
  }, [file]);
  const ended = job.data && hasEnded(job.data) ? job.data : null;
  const summary = ended?.state === "done" ? (ended.result as Summary) : null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: told once, when the job has ended
  useEffect(() => {
    if (!summary) return;
    queries.invalidateQueries({ queryKey: ["imports"] });
    if (summary.is_preview) return;
    for (const queryKey of stale) queries.invalidateQueries({ queryKey });
    written?.(summary);
  }, [ended?.id, summary === null]);
  const isBusy = sending.isPending || (sent !== null && ended === null);
  // What is to be done next: to bring it in, or to choose another.
  const next = useRef<HTMLButtonElement>(null);
  useFocusAfter(isBusy, next);
  const write = (keepsGood: boolean) =>
    sent && sending.mutateAsync({ ...sent, isPreview: false, keepsGood });
  return (
    <div className="stack">
      {!isBusy && !sent && !file && (
        <FileDrop take={take} label={label} hint={hint} button={next} />
      )}
      {sending.isPending && (
        <p role="status">{say("sending", { name: sending.variables?.name ?? "" })}</p>
      )}
      {sending.error && <Failure error={sending.error} />}
      {job.error && <Failure error={job.error} retry={() => job.refetch()} />}
      {sent && job.data && !ended && !sending.isPending && (
        <JobProgress
          job={job.data}
          label={say(sent.isPreview ? "checking" : "writing", { name: sent.name })}
          mayCancel
        />
      )}
      {sent && ended && !summary && !isBusy && (
        <JobFailure job={ended} cancelled={sent.keepsGood ? say("cancelledKept") : undefined} />
      )}
      {sent && ended && summary && !isBusy && (
        <Outcome sent={sent} job={ended} summary={summary} write={write} next={next} />
      )}
      {!isBusy && (sent || (file && sending.error)) && (
        <FileDrop
          take={take}
          label={say(columns ? "anotherAlike" : "another")}
          button={isReady(sent, summary) ? undefined : next}
          isSmall
        />
      )}
    </div>
  );
}

/** Whether it only has to be brought in. */
function isReady(sent: Sent | null, summary: Summary | null): boolean {
  if (!sent || !summary) return false;
  return sent.isPreview && summary.fault_count === 0 && summary.written > 0;
}

/** Ask for the import; the very bytes that were checked are those that are brought in. */
async function send(
  kind: FileKind,
  columns: readonly string[] | undefined,
  wish: Omit<Sent, "job">,
  id: string,
): Promise<Sent> {
  const content = wish.isPreview ? new Blob([await wish.content.arrayBuffer()]) : wish.content;
  const job = await asked(
    api.POST("/v1/imports/{kind}", {
      params: {
        path: { kind },
        query: {
          name: wish.name.slice(0, 200),
          as: columns && [...columns],
          preview: wish.isPreview,
          keep_good: wish.keepsGood,
        },
        header: { "Idempotency-Key": id },
      },
      headers: { "Content-Type": "application/octet-stream" },
      body: content as unknown as string,
      bodySerializer: (body) => body,
    }),
  );
  return { ...wish, content, job: job.id };
}

interface OutcomeProps {
  sent: Sent;
  job: Job;
  summary: Summary;
  write: (keepsGood: boolean) => Promise<unknown> | null;
  next: Ref<HTMLButtonElement>;
}

function Outcome({ sent, job, summary, write, next }: OutcomeProps) {
  const say = useWords(fileWords);
  const format = useFormat();
  const { written, fault_count: faults, good } = summary;
  const isNothing = faults === 0 && written === 0;
  return (
    <>
      <Counts summary={summary} />
      {summary.examples.length > 0 && <Examples summary={summary} />}
      {isNothing && <p>{say("nothingNew")}</p>}
      {!sent.isPreview && written > 0 && (
        <p className="big good" role="status">
          {say("done", { count: written, lines: format.number(written), name: sent.name })}
        </p>
      )}
      {sent.isPreview && faults === 0 && written > 0 && (
        <Group>
          <span>{say("good")}</span>
          <Button ref={next} onClick={() => write(false)}>
            {say("write", { count: written, lines: format.number(written) })}
          </Button>
        </Group>
      )}
      {faults > 0 && (
        <>
          <Group>
            <span className="late">{say(sent.keepsGood ? "badKept" : "bad")}</span>
            {sent.isPreview && good > 0 && (
              <Act
                label={say("keepGood")}
                confirm={say("keepGoodConfirm")}
                act={async () => write(true)}
                done={say("sending", { name: sent.name })}
              />
            )}
          </Group>
          <Faults id={job.id} count={faults} />
        </>
      )}
    </>
  );
}

function Counts({ summary }: { summary: Summary }) {
  const say = useWords(fileWords);
  const format = useFormat();
  // Of a file with faults nothing would be written: what is without one is all there is to say.
  const isFaulty = summary.is_preview && summary.fault_count > 0;
  const rows = isFaulty
    ? ([
        ["read", summary.read, ""],
        ["faultless", summary.good, "good"],
        ["faulty", summary.fault_count, "late"],
      ] as const)
    : ([
        ["read", summary.read, ""],
        [summary.is_preview ? "wouldAdd" : "added", summary.new, "good"],
        [summary.is_preview ? "wouldChange" : "changed", summary.written - summary.new, "good"],
        ["unchanged", summary.unchanged, ""],
        ["faulty", summary.fault_count, summary.fault_count > 0 ? "late" : ""],
      ] as const);
  return (
    <ul className="counts" aria-live="polite">
      {rows.map(([key, count, meaning]) => (
        <li key={key}>
          <b className={count > 0 ? meaning : ""}>{format.number(count)}</b> {say(key, { count })}
        </li>
      ))}
    </ul>
  );
}

/** The first lines that change what is there, cell by cell, and the first that are new. */
function Examples({ summary }: { summary: Summary }) {
  const say = useWords(fileWords);
  const format = useFormat();
  return (
    <details className="as-table" open={summary.is_preview}>
      <summary>{say("examples")}</summary>
      <div className="small-scroll is-long">
        <table className="small-table">
          <thead>
            <tr>
              <th className="number">{say("line")}</th>
              <th>{say("names")}</th>
              <th>{say("differs")}</th>
            </tr>
          </thead>
          <tbody>
            {summary.examples.map((one) => (
              <tr key={`${one.line} ${one.key}`}>
                <td className="number">{format.number(one.line)}</td>
                <th scope="row">
                  <code>{one.key}</code>
                </th>
                <td>
                  {one.is_new ? (
                    <Badge meaning="good">{say("isNew")}</Badge>
                  ) : (
                    <Cells changes={one.changes} />
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function Cells({ changes }: { changes: Shapes["LineExample"]["changes"] }) {
  const say = useWords(fileWords);
  if (changes.length === 0) return say("differsWithin");
  return changes.map(({ column, before, after }) => (
    <span key={column} className="cell-change">
      <code>{column}</code> <s>{before || say("emptyCell")}</s> → <b>{after || say("emptyCell")}</b>
    </span>
  ));
}

type Fault = Shapes["Fault"];

interface FaultTableProps {
  label: string;
  pages: Parameters<typeof Table<Fault>>[0]["pages"];
  empty: string;
  end?: string;
}

/** What is wrong with a file or a feed: the line, the column, and what is the matter there. */
export function FaultTable({ label, pages, empty, end }: FaultTableProps) {
  const say = useWords(fileWords);
  const format = useFormat();
  const columns: Column<Fault>[] = [
    {
      key: "line",
      head: say("line"),
      isNumber: true,
      cell: (row) => {
        const { line } = faultPlace(row.pointer);
        return line === null ? say("whole") : format.number(line);
      },
    },
    {
      key: "column",
      head: say("column"),
      cell: (row) => {
        const { column } = faultPlace(row.pointer);
        return column === null ? "—" : <code>{column}</code>;
      },
    },
    {
      key: "fault",
      head: say("fault"),
      cell: (row) => (
        <>
          {row.message} <code className="hint">{row.code}</code>
        </>
      ),
    },
  ];
  return (
    <Table
      label={label}
      columns={columns}
      pages={pages}
      rowKey={(row) => `${row.pointer} ${row.code} ${row.message}`}
      empty={empty}
      end={end}
    />
  );
}

/** What is wrong with a file, line by line, and a file of that to take along. */
export function Faults({ id, count }: { id: string; count: number }) {
  const say = useWords(fileWords);
  const format = useFormat();
  const pages = usePages(["faults", id], (cursor) =>
    asked(
      api.GET("/v1/imports/{import_id}/faults", {
        params: { path: { import_id: id }, query: { cursor, limit: 100 } },
      }),
    ),
  );
  return (
    <section className="stack">
      <Group justify="space-between">
        <h3>{say("faults")}</h3>
        <a href={`/v1/imports/${id}/faults/file`} download>
          {say("faultsFile")}
        </a>
      </Group>
      <FaultTable
        label={say("faults")}
        pages={pages}
        empty="—"
        end={count > 1000 ? say("more", { count: format.number(count) }) : undefined}
      />
    </section>
  );
}
