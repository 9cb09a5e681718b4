import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Link } from "react-router";
import { api, asked, type Shapes } from "../../api/client";
import { useFormat } from "../../model/format";
import { type Say, useWords } from "../../model/words";
import { useActor } from "../../ui/actors";
import { useFilters } from "../../ui/filters";
import { usePages } from "../../ui/pages";
import { PageHead } from "../../ui/parts";
import { type Column, Table } from "../../ui/Table";
import { differences, trailLink } from "./model";
import { trailWords } from "./trailWords";
import { settingsWords } from "./words";

type Trace = Shapes["Trace"];
type SayTrail = Say<(typeof trailWords)["en"]>;

const CALM_MS = 250;
const SHOWN = 4;
const LONGEST = 80;
const ACTIONS = Object.keys(trailWords.en).filter((key) => key.includes("."));

/** Who changed what, newest first. */
export function Trail() {
  const say = useWords(trailWords);
  const sayAll = useWords(settingsWords);
  const [query, set] = useFilters();
  const typed = query.get("subject") ?? "";
  const [subject] = useDebouncedValue(typed.trim(), CALM_MS);
  const filter = {
    subject: subject || undefined,
    action: query.get("action") || undefined,
    actor: query.get("actor") || undefined,
    until: untilOf(query.get("until")),
  };
  const pages = usePages(
    ["trail", filter],
    (cursor) =>
      asked(
        api.GET("/v1/trail", {
          params: { query: { ...filter, cursor, limit: 100 } },
        }),
      ),
    { keeps: true },
  );
  return (
    <>
      <PageHead title={sayAll("trail")} answer={say("answer")} />
      <div className="filters">
        <NativeSelect
          label={say("what")}
          value={filter.action ?? ""}
          onChange={({ currentTarget }) => set("action", currentTarget.value)}
          data={[
            { value: "", label: say("all") },
            ...ACTIONS.map((value) => ({ value, label: say(value as "node.changed") })),
          ]}
        />
        <TextInput
          label={say("subject")}
          placeholder={say("subjectHint")}
          value={typed}
          onChange={({ currentTarget }) => set("subject", currentTarget.value)}
        />
        <TextInput
          label={say("until")}
          type="date"
          value={query.get("until") ?? ""}
          onChange={({ currentTarget }) => set("until", currentTarget.value)}
        />
        {filter.actor && (
          <Button variant="default" onClick={() => set("actor", "")}>
            {say("whose", { who: filter.actor })} ×
          </Button>
        )}
      </div>
      <Table
        list="trail"
        label={sayAll("trail")}
        columns={useColumns((actor) => set("actor", actor))}
        pages={pages}
        rowKey={(row) => String(row.seq)}
        empty={say("empty")}
      />
    </>
  );
}

/** The end of that day, where the reader is. */
function untilOf(day: string | null): string | undefined {
  if (!day) return undefined;
  const end = new Date(`${day}T00:00:00`);
  end.setDate(end.getDate() + 1);
  return Number.isNaN(end.getTime()) ? undefined : end.toISOString();
}

function useColumns(only: (actor: string) => void): Column<Trace>[] {
  const say = useWords(trailWords);
  const actor = useActor();
  const format = useFormat();
  return [
    { key: "when", head: say("when"), cell: (row) => format.moment(row.at) },
    {
      key: "who",
      head: say("who"),
      cell: (row) => (
        <Button size="compact-sm" variant="subtle" onClick={() => only(row.actor)}>
          {actor(row.actor, row.actor_name)}
        </Button>
      ),
    },
    {
      key: "what",
      head: say("what"),
      cell: (row) => (
        <span className="two-lines">
          <span>{actionSaid(row.action, say)}</span>
          <Subject row={row} />
        </span>
      ),
    },
    { key: "change", head: say("change"), cell: (row) => <Changed row={row} /> },
  ];
}

/** The words for an action; one that has none yet is called by its code. */
function actionSaid(action: string, say: SayTrail): string {
  return ACTIONS.includes(action) ? say(action as "node.changed") : action;
}

function Subject({ row }: { row: Trace }) {
  const to = trailLink(row.action, row.subject);
  const subject = <code className="hint">{row.subject}</code>;
  return to ? <Link to={to}>{subject}</Link> : subject;
}

function Changed({ row }: { row: Trace }) {
  const say = useWords(trailWords);
  const found = differences(row.before, row.after);
  const lines = found.map(({ name, before, after }) => (
    <li key={name}>
      {name && <code>{name}</code>} {before !== null && <del>{short(before)}</del>}{" "}
      {after !== null && <ins>{short(after)}</ins>}
    </li>
  ));
  if (lines.length === 0) return <>—</>;
  if (lines.length <= SHOWN) return <ul className="changes">{lines}</ul>;
  return (
    <details>
      <summary>{say("showAll", { count: lines.length })}</summary>
      <ul className="changes">{lines}</ul>
    </details>
  );
}

function short(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}
