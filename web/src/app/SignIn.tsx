import { useQueryClient } from "@tanstack/react-query";
import { api, asked } from "../api/client";
import { useWords } from "../model/words";
import { Form } from "../ui/Form";
import { LanguageButton } from "./Shell";
import { appWords } from "./words";

/**
 * The door. What failed is said in the API's words: which of the two was wrong, it does not tell.
 * Whoever comes in finds nothing of what was asked for whoever was here before.
 */
export function SignIn() {
  const say = useWords(appWords);
  const queries = useQueryClient();
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <h1>{say("signInTitle")}</h1>
        <p>{say("signInText")}</p>
        <Form
          fields={[
            {
              name: "email",
              label: say("email"),
              type: "email",
              isRequired: true,
              autoComplete: "username",
            },
            {
              name: "password",
              label: say("password"),
              type: "password",
              isRequired: true,
              autoComplete: "current-password",
            },
          ]}
          submit={say("signIn")}
          send={async ({ email = "", password = "" }) => {
            const { me } = await asked(api.POST("/v1/sessions", { body: { email, password } }));
            queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "me" });
            queries.setQueryData(["me"], me);
          }}
        />
        <LanguageButton />
      </div>
    </main>
  );
}
