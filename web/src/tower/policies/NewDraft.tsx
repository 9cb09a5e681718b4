import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { api, asked } from "../../api/client";
import { useWords } from "../../model/words";
import { Form } from "../../ui/Form";
import { Window } from "../../ui/Window";
import { policiesWords } from "./words";

/** Begin a draft as a copy of a version, or of the live one. */
export function NewDraft({ from, close }: { from: string; close: () => void }) {
  const say = useWords(policiesWords);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const begin = async ({ draft = "" }: Record<string, string>) => {
    const policy =
      from === "live"
        ? (await asked(api.GET("/v1/policies/live"))).policy
        : await asked(
            api.GET("/v1/policies/versions/{policy}", { params: { path: { policy: from } } }),
          );
    await asked(
      api.PUT("/v1/policies/drafts/{draft}", {
        params: { path: { draft } },
        body: { ...policy.content, based_on: policy.id },
      }),
    );
    queries.invalidateQueries({ queryKey: ["policies"] });
    navigate(`/policies/drafts/${draft}`);
  };
  return (
    <Window close={close} title={say("newDraft")}>
      <p className="hint">{say("newDraftText")}</p>
      {from !== "live" && <p>{say("fromVersion", { policy: from })}</p>}
      <Form
        fields={[
          {
            name: "draft",
            label: say("draftName"),
            hint: say("draftNameHint"),
            isRequired: true,
          },
        ]}
        submit={say("begin")}
        send={begin}
        cancel={close}
      />
    </Window>
  );
}
