import { useQueryClient } from "@tanstack/react-query";
import { api, asked, type Shapes } from "../../api/client";
import { useWords } from "../../model/words";
import { type Field, Form } from "../../ui/Form";
import { grantsOfRows, ROLES, rowsOfGrants } from "./model";
import { peopleWords } from "./peopleWords";
import { settingsWords } from "./words";

type Person = Shapes["Person"];
type Values = Record<string, string>;
export type PersonForm = "new" | "profile" | "grants" | "password";

interface PersonFormsProps {
  form: PersonForm;
  person: Person | null;
  done: () => void;
}

/** What can be said of a person: all of it at first, then each part by itself. */
export function PersonForms({ form, person, done }: PersonFormsProps) {
  const say = useWords(peopleWords);
  const sayAll = useWords(settingsWords);
  const queries = useQueryClient();
  const profile: Field[] = [
    { name: "name", label: sayAll("name"), value: person?.name, isRequired: true },
    {
      name: "email",
      label: say("email"),
      type: "email",
      value: person?.email,
      isRequired: true,
      autoComplete: "off",
    },
    {
      name: "language",
      label: say("language"),
      type: "select",
      value: person?.language ?? "en",
      options: (["en", "fr"] as const).map((value) => ({ value, label: say(value) })),
    },
  ];
  const password: Field = {
    name: "password",
    label: say(form === "new" ? "password" : "newPassword"),
    hint: say("passwordHint"),
    type: "password",
    isRequired: true,
    autoComplete: "new-password",
  };
  const grants: Field = {
    name: "grants",
    label: say("grants"),
    hint: say("grantsHint"),
    type: "rows",
    columns: [
      {
        name: "role",
        label: say("role"),
        type: "select",
        value: "read_only",
        options: ROLES.map((value) => ({ value, label: say(value) })),
      },
      { name: "nodes", label: sayAll("nodes") },
    ],
    rows: rowsOfGrants(person?.grants ?? []),
  };
  const fields = {
    new: [...profile, grants, password],
    profile,
    grants: [grants],
    password: [password],
  }[form];
  return (
    <Form
      fields={fields}
      submit={sayAll(form === "new" ? "add" : "save")}
      cancel={done}
      send={(given) => (person ? change(person, form, given) : add(given))}
      done={() => {
        queries.invalidateQueries({ queryKey: ["people"] });
        queries.invalidateQueries({ queryKey: ["me"] });
        done();
      }}
    >
      {form === "password" && <p className="hint">{say("setPasswordText")}</p>}
    </Form>
  );
}

function add({ email = "", name = "", language, password = "", grants }: Values) {
  return asked(
    api.POST("/v1/people", {
      body: {
        email,
        name,
        language: language as Person["language"],
        password,
        grants: grantsOfRows(grants),
      },
    }),
  );
}

/** An edit names the version that was shown, so that nobody's edit is run over. */
function change(person: Person, form: PersonForm, given: Values): Promise<unknown> {
  const path = { person_id: person.id };
  const header = { "If-Match": `"${person.version}"` };
  if (form === "password") {
    const body = { password: given.password ?? "" };
    return asked(api.PUT("/v1/people/{person_id}/password", { params: { path }, body }));
  }
  if (form === "grants") {
    const body = { grants: grantsOfRows(given.grants) };
    return asked(api.PUT("/v1/people/{person_id}/grants", { params: { path, header }, body }));
  }
  return asked(
    api.PUT("/v1/people/{person_id}", {
      params: { path, header },
      body: {
        email: given.email ?? "",
        name: given.name ?? "",
        language: given.language as Person["language"],
        is_active: person.is_active,
      },
    }),
  );
}
