import { Button, Group, Modal, NativeSelect } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { api, asked, newId, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { Faults, FileImport } from "../../ui/FileJob";
import { hasEnded, JobFailure, JobProgress, useJob } from "../../ui/Job";
import { Failure } from "../../ui/Panel";
import { usePages } from "../../ui/pages";
import { Badge, PageHead } from "../../ui/parts";
import { type Column, Table } from "../../ui/Table";
import { type ExportKind, exportsFor, type FileKind, importsFor, STALE } from "./fileKinds";
import { fileKindWords } from "./fileKindWords";
import { networkWords } from "./words";

type Sent = Shapes["ImportShown"];

export function Files() {
  const say = useWords(networkWords);
  const sayKind = useWords(fileKindWords);
  const { reach } = useMe();
  const imports = importsFor(reach);
  const exports = exportsFor(reach);
  return (
    <>
      <PageHead title={say("files")} answer={say("filesAnswer")} />
      {imports.length + exports.length === 0 && <p className="empty">{sayKind("nothingMay")}</p>}
      <div className="grid">
        {imports.length > 0 && (
          <div className="two-thirds stack">
            <Import kinds={imports} />
            <Recent />
          </div>
        )}
        {exports.length > 0 && (
          <div className="third">
            <Exports kinds={exports} />
          </div>
        )}
      </div>
    </>
  );
}

function Import({ kinds }: { kinds: readonly FileKind[] }) {
  const say = useWords(fileKindWords);
  const [query, setQuery] = useSearchParams();
  const asked = query.get("kind") as FileKind;
  const kind = kinds.includes(asked) ? asked : (kinds[0] as FileKind);
  return (
    <section className="panel stack" aria-label={say("import")}>
      <header className="panel-head">
        <h2>{say("import")}</h2>
        <NativeSelect
          aria-label={say("what")}
          value={kind}
          onChange={({ currentTarget }) => setQuery({ kind: currentTarget.value })}
          data={kinds.map((value) => ({ value, label: say(value) }))}
        />
      </header>
      <FileImport key={kind} kind={kind} stale={STALE[kind].map((key) => [key])} />
      <p className="hint">{say("sample")}</p>
    </section>
  );
}

/** Files that were sent in, and what became of each. */
function Recent() {
  const say = useWords(fileKindWords);
  const format = useFormat();
  const [shown, show] = useState<Sent | null>(null);
  const pages = usePages(["imports"], (cursor) =>
    asked(api.GET("/v1/imports", { params: { query: { cursor, limit: 50 } } })),
  );
  const columns: Column<Sent>[] = [
    {
      key: "file",
      head: say("file"),
      cell: (row) => (
        <span className="two-lines">
          <b>{row.name}</b> <span className="hint">{say(row.summary.kind)}</span>
        </span>
      ),
    },
    { key: "when", head: say("when"), cell: (row) => format.moment(row.asked_at) },
    { key: "became", head: say("became"), cell: (row) => <Became sent={row} /> },
    {
      key: "faults",
      head: "",
      cell: (row) =>
        row.summary.fault_count > 0 && (
          <Button
            size="compact-xs"
            variant="subtle"
            aria-label={`${say("show")} ${row.name}`}
            onClick={() => show(row)}
          >
            {say("show")}
          </Button>
        ),
    },
  ];
  return (
    <section className="panel">
      <header className="panel-head">
        <h2>{say("recent")}</h2>
      </header>
      <Table
        label={say("recent")}
        columns={columns}
        pages={pages}
        rowKey={(row) => row.id}
        empty={say("recentEmpty")}
      />
      <Modal
        opened={shown !== null}
        onClose={() => show(null)}
        title={shown?.name}
        size="xl"
        transitionProps={{ duration: 0 }}
      >
        {shown && <Faults id={shown.id} count={shown.summary.fault_count} />}
      </Modal>
    </section>
  );
}

function Became({ sent }: { sent: Sent }) {
  const say = useWords(fileKindWords);
  const format = useFormat();
  const { summary, finished_at } = sent;
  const { written, fault_count: faults, is_preview } = summary;
  if (finished_at === null) return <span className="hint">{say("waiting")}</span>;
  return (
    <>
      {is_preview && <Badge>{say("preview")}</Badge>}{" "}
      {faults > 0 && (
        <span className="late">
          {say("faults", { count: faults, faults: format.number(faults) })}
        </span>
      )}{" "}
      {!is_preview && written > 0 && (
        <span>{say("writtenLines", { count: written, lines: format.number(written) })}</span>
      )}
      {faults === 0 && written === 0 && <span className="hint">{say("nothing")}</span>}
    </>
  );
}

function Exports({ kinds }: { kinds: readonly ExportKind[] }) {
  const say = useWords(fileKindWords);
  return (
    <section className="panel" aria-label={say("export")}>
      <header className="panel-head">
        <h2>{say("export")}</h2>
      </header>
      <p className="hint">{say("exportHint")}</p>
      <ul className="exports">
        {kinds.map((kind) => (
          <Export key={kind} kind={kind} />
        ))}
      </ul>
    </section>
  );
}

const KILO = 1000;

/** A table as a file: a job writes it, then the browser fetches it by itself. */
function Export({ kind }: { kind: ExportKind }) {
  const say = useWords(fileKindWords);
  const format = useFormat();
  const table = say(kind === "stock" ? "stockOut" : kind);
  const asking = useMutation({
    mutationFn: (form: Shapes["ExportForm"]) =>
      asked(
        api.POST("/v1/exports/{kind}", {
          params: {
            path: { kind },
            query: { form },
            header: { "Idempotency-Key": newId("export") },
          },
        }),
      ),
  });
  const id = asking.data?.id ?? null;
  const job = useJob(id);
  const link = useRef<HTMLAnchorElement>(null);
  const isReady = job.data?.state === "done";
  useEffect(() => {
    if (isReady) link.current?.click();
  }, [isReady]);
  const isBusy = asking.isPending || (id !== null && !(job.data && hasEnded(job.data)));
  return (
    <li>
      <Group justify="space-between" wrap="nowrap">
        <span>{table}</span>
        <Group gap={4} wrap="nowrap">
          {(["csv", "parquet"] as const).map((form) => (
            <Button
              key={form}
              size="compact-xs"
              variant="default"
              disabled={isBusy}
              aria-label={say("asFile", {
                table,
                form: say(form === "csv" ? "asCsv" : "asParquet"),
              })}
              onClick={() => asking.mutate(form)}
            >
              {say(form === "csv" ? "asCsv" : "asParquet")}
            </Button>
          ))}
        </Group>
      </Group>
      {asking.error && <Failure error={asking.error} />}
      {job.error && <Failure error={job.error} />}
      {job.data && !hasEnded(job.data) && (
        <JobProgress
          job={job.data}
          label={say("writing", { table })}
          steps={say("written", { bytes: format.number(Math.round(job.data.done / KILO)) })}
          mayCancel
        />
      )}
      {job.data && hasEnded(job.data) && <JobFailure job={job.data} />}
      {isReady && (
        <p role="status">
          <span className="good">{say("ready", { table })}</span>{" "}
          <a ref={link} href={`/v1/exports/${id}/file`} download>
            {say("download")}
          </a>
        </p>
      )}
    </li>
  );
}
