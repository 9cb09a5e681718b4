import { Button, Modal } from "@mantine/core";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { type Say, useWords } from "../../model/words";
import { Act } from "../../ui/Act";
import { usePages } from "../../ui/pages";
import { Badge, PageHead } from "../../ui/parts";
import { type Column, Table } from "../../ui/Table";
import { type PersonForm, PersonForms } from "./PersonForms";
import { peopleWords } from "./peopleWords";
import { settingsWords } from "./words";

type Person = Shapes["Person"];

interface Opened {
  form: PersonForm;
  person: Person | null;
}

export function People() {
  const say = useWords(peopleWords);
  const sayAll = useWords(settingsWords);
  const { can } = useMe();
  const [query] = useSearchParams();
  const [opened, open] = useState<Opened | null>(null);
  const mayEdit = can("people.write");
  const pages = usePages(["people"], (cursor) =>
    asked(api.GET("/v1/people", { params: { query: { cursor, limit: 100 } } })),
  );
  return (
    <>
      <PageHead
        title={sayAll("people")}
        answer={say("answer")}
        side={
          mayEdit && (
            <Button onClick={() => open({ form: "new", person: null })}>{say("newPerson")}</Button>
          )
        }
      />
      <Table
        list="people"
        label={sayAll("people")}
        columns={useColumns(open, query.get("person"))}
        pages={pages}
        rowKey={(row) => row.id}
        empty={say("empty")}
      />
      <Modal
        opened={opened !== null}
        onClose={() => open(null)}
        title={opened && titleOf(opened, say)}
        size="lg"
        transitionProps={{ duration: 0 }}
      >
        {opened && <PersonForms {...opened} done={() => open(null)} />}
      </Modal>
    </>
  );
}

function titleOf({ form, person }: Opened, say: Say<(typeof peopleWords)["en"]>): string {
  if (form === "new" || !person) return say("newPerson");
  const what = { profile: say("profile"), grants: say("editGrants"), password: say("setPassword") };
  return `${person.name} · ${what[form]}`;
}

function useColumns(open: (opened: Opened) => void, meant: string | null): Column<Person>[] {
  const say = useWords(peopleWords);
  const { me, can } = useMe();
  const mayEdit = can("people.write");
  return [
    {
      key: "person",
      head: say("person"),
      cell: (row) => (
        <span className="two-lines">
          <span>
            <b>{row.name}</b> {`person:${row.id}` === me.id && <Badge>{say("yourself")}</Badge>}
            {row.id === meant && <Badge meaning="virtual">←</Badge>}
            {!row.is_active && <Badge meaning="late">{say("inactive")}</Badge>}
          </span>
          <span className="hint">{row.email}</span>
        </span>
      ),
    },
    {
      key: "grants",
      head: say("grants"),
      cell: (row) => <Grants grants={row.grants} />,
    },
    { key: "language", head: say("language"), cell: (row) => say(row.language) },
    {
      key: "act",
      head: "",
      cell: (row) =>
        mayEdit && (
          <span className="acts">
            {(["profile", "grants", "password"] as const).map((form) => (
              <Button
                key={form}
                size="compact-xs"
                variant="subtle"
                aria-label={`${row.name} · ${labelOf(form, say)}`}
                onClick={() => open({ form, person: row })}
              >
                {labelOf(form, say)}
              </Button>
            ))}
            {`person:${row.id}` !== me.id && <Access person={row} />}
          </span>
        ),
    },
  ];
}

function labelOf(form: Exclude<PersonForm, "new">, say: Say<(typeof peopleWords)["en"]>): string {
  if (form === "profile") return say("profile");
  return say(form === "grants" ? "editGrants" : "setPassword");
}

/** Each role with where it holds. */
export function Grants({ grants }: { grants: Person["grants"] }) {
  const say = useWords(peopleWords);
  const sayAll = useWords(settingsWords);
  if (grants.length === 0) return <span className="soon">{say("noGrants")}</span>;
  return (
    <span className="two-lines">
      {grants.map(({ role, nodes }) => (
        <span key={`${role} ${nodes}`}>
          {say("scope", { role: say(role), where: nodes?.join(", ") ?? sayAll("everywhere") })}
        </span>
      ))}
    </span>
  );
}

/** Shut somebody out, or let them in again. */
function Access({ person }: { person: Person }) {
  const say = useWords(peopleWords);
  const set = ({ id, email, name, language, version }: Person, isActive: boolean) =>
    asked(
      api.PUT("/v1/people/{person_id}", {
        params: { path: { person_id: id }, header: { "If-Match": `"${version}"` } },
        body: { email, name, language, is_active: isActive },
      }),
    );
  const { name } = person;
  return person.is_active ? (
    <Act
      label={say("deactivate")}
      variant="subtle"
      isLate
      confirm={say("deactivateConfirm", { name })}
      act={() => set(person, false)}
      undo={(changed) => set(changed, true)}
      done={say("deactivated", { name })}
      stale={[["people"]]}
    />
  ) : (
    <Act
      label={say("activate")}
      variant="subtle"
      act={() => set(person, true)}
      undo={(changed) => set(changed, false)}
      done={say("activated", { name })}
      stale={[["people"]]}
    />
  );
}
