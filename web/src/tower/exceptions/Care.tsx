import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, asked, type Shapes } from "../../api/client";
import { useMe, useNow } from "../../app/me";
import { useFormat } from "../../model/format";
import { useWish } from "../../model/wish";
import { type Say, useWords } from "../../model/words";
import { useDoing } from "../../ui/Act";
import { useActor } from "../../ui/actors";
import type { Deed } from "../../ui/Deeds";
import { Form } from "../../ui/Form";
import { Panel } from "../../ui/Panel";
import { useAssignees } from "./assignees";
import { asBefore, asleep, type ExceptionRow } from "./model";
import { type Note, note } from "./notes";
import { exceptionsWords } from "./words";

const KEYS = [["exceptions"], ["notes"]];

/** Take it or give it back, let it sleep or wake it: as much as its reader may. */
export function useCare(row: ExceptionRow): Deed[] {
  const say = useWords(exceptionsWords);
  const { me, can } = useMe();
  const now = useNow();
  const doing = useDoing<unknown>(KEYS);
  if (!can("tower.write", row.node)) return [];
  const deed = (label: string, done: string, body: Note, back: Note): Deed => ({
    label,
    isBusy: doing.isPending,
    run: () => doing.mutate({ act: () => note(row, body), done, undo: () => note(row, back) }),
  });
  const mine = { verb: "assigned" } as const;
  const nobodys = { verb: "assigned", is_nobody: true } as const;
  const awake = { verb: "snoozed" } as const;
  return [
    row.assigned_to === me.id
      ? deed(say("giveBack"), say("gaveBack"), nobodys, mine)
      : deed(say("take"), say("took"), mine, asBefore(row, "assigned")),
    row.snoozed_until
      ? deed(say("wake"), say("woken"), awake, asBefore(row, "snoozed"))
      : deed(say("snooze"), say("snoozedDone"), asleep(now), awake),
  ];
}

/** Why it is here, what was done about it, and a word of one's own. */
export function Care({ row }: { row: ExceptionRow }) {
  const say = useWords(exceptionsWords);
  const actor = useActor();
  const format = useFormat();
  const { can } = useMe();
  const kinds = useQuery({
    queryKey: ["exception-kinds"],
    queryFn: () => asked(api.GET("/v1/exception-kinds")),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const kind = kinds.data?.items.find((one) => one.kind === row.kind);
  const closes = kind?.closes;
  const notes = useQuery({
    queryKey: ["notes", row.kind, row.subject],
    queryFn: () =>
      asked(
        api.GET("/v1/exception-notes", {
          params: { query: { kind: row.kind, subject: row.subject } },
        }),
      ),
  });
  return (
    <div className="stack">
      <section>
        <h3>{say("why")}</h3>
        <p>
          {row.name} · {row.detail}
        </p>
        <p className="hint">
          {kind?.means} {closes ? say("goesOnce", { closes }) : say("goes")}
        </p>
        <p className="hint">{say("hereSince", { at: format.moment(row.since) })}</p>
      </section>
      <Panel
        title={say("history")}
        query={notes}
        lines={2}
        empty={(found) => found.items.length === 0 && say("historyEmpty")}
      >
        {(found) => (
          <ol className="notes">
            {found.items.map((one) => (
              <li key={one.id}>
                <span>{told(one, say, format.moment)}</span>
                <span className="hint">
                  {actor(one.actor, one.actor_name)} · {format.moment(one.at)}
                </span>
              </li>
            ))}
          </ol>
        )}
      </Panel>
      {can("tower.write", row.node) && <NoteForms row={row} />}
    </div>
  );
}

/** A word of one's own, a moment until which it sleeps, and to whom it is given. */
function NoteForms({ row }: { row: ExceptionRow }) {
  const say = useWords(exceptionsWords);
  const assignees = useAssignees([row]);
  const queries = useQueryClient();
  const wish = useWish("note");
  // Forms begin anew once something was sent, and not as notes come: what is typed would be lost.
  const [sent, setSent] = useState(0);
  // Why it is here is read first; whoever has written goes on writing.
  const isAside = sent === 0;
  const done = () => {
    setSent((count) => count + 1);
    for (const queryKey of KEYS) queries.invalidateQueries({ queryKey });
  };
  const send = (body: Parameters<typeof note>[1]) =>
    wish((id) => note(row, body, id), body.verb ?? "");
  return (
    <>
      <Form
        key={`said ${sent}`}
        isAside={isAside}
        fields={[{ name: "words", label: say("comment"), type: "long", isRequired: true }]}
        submit={say("say")}
        send={({ words }) => send({ verb: "commented", words })}
        done={done}
      />
      <Form
        key={`slept ${sent}`}
        isAside={isAside}
        fields={[
          { name: "until", label: say("snoozeUntil"), type: "datetime-local", isRequired: true },
        ]}
        submit={say("snoozeIt")}
        send={({ until = "" }) => send({ verb: "snoozed", until: new Date(until).toISOString() })}
        done={done}
      />
      {assignees.length > 0 && (
        <Form
          key={`given ${sent}`}
          isAside={isAside}
          fields={[
            {
              name: "person",
              label: say("assignTo"),
              type: "select",
              value: row.assigned_to ?? undefined,
              options: assignees,
            },
          ]}
          submit={say("assign")}
          send={({ person }) => send({ verb: "assigned", person })}
          done={done}
        />
      )}
    </>
  );
}

function told(
  one: Shapes["Note"],
  say: Say<(typeof exceptionsWords)["en"]>,
  moment: (at: string | null) => string,
): string {
  if (one.verb === "commented") return one.words;
  if (one.verb === "snoozed") {
    return one.until ? say("sleeping", { at: moment(one.until) }) : say("waking");
  }
  return one.person ? say("assigned", { who: one.person_name ?? one.person }) : say("unassigned");
}
