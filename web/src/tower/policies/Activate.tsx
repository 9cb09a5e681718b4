import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, asked } from "../../api/client";
import { useFormat } from "../../model/format";
import { useWish } from "../../model/wish";
import { useWords } from "../../model/words";
import { Form } from "../../ui/Form";
import { Panel } from "../../ui/Panel";
import { Window } from "../../ui/Window";
import { useDifferences } from "./asking";
import { useTelling } from "./Differences";
import { instantOf } from "./model";
import { policiesWords } from "./words";

const SHOWN = 6;

interface ActivateProps {
  policy: string;
  live: string;
  close: () => void;
}

/** Let a version be live now or at a time: what that will do is written first. */
export function Activate({ policy, live, close }: ActivateProps) {
  const say = useWords(policiesWords);
  const format = useFormat();
  const queries = useQueryClient();
  const wish = useWish("activation");
  const [startsAt, setStartsAt] = useState("");
  const at = startsAt ? format.moment(instantOf(startsAt)) : "";
  const activate = async (values: Record<string, string>) => {
    const starts = values.starts_at ? instantOf(values.starts_at) : undefined;
    const body = { policy, starts_at: starts ?? null, reason: values.reason ?? "" };
    await wish(
      (activation) =>
        asked(
          api.PUT("/v1/policies/activations/{activation}", {
            params: { path: { activation } },
            body,
          }),
        ),
      values.starts_at,
    );
    queries.invalidateQueries({ queryKey: ["policies"] });
    notifications.show({
      message: starts
        ? say("activatedAt", { policy, at: format.moment(starts) })
        : say("activated", { policy }),
    });
  };
  return (
    <Window close={close} size="lg" title={say("activateTitle", { policy })}>
      <div className="stack">
        <p>{at ? say("activateAt", { policy, at }) : say("activateNow", { policy, live })}</p>
        <WhatDiffers policy={policy} />
        <p className="hint">{say("activateStands", { live })}</p>
        <div
          onChange={(event) => {
            const field = event.target as HTMLInputElement;
            if (field.name === "starts_at") {
              setStartsAt(field.value);
            }
          }}
        >
          <Form
            fields={[
              { name: "starts_at", label: say("startsAt"), type: "datetime-local" },
              {
                name: "reason",
                label: say("reason"),
                type: "long",
                hint: say("reasonHint"),
                isRequired: true,
              },
            ]}
            submit={say("activate")}
            send={activate}
            done={close}
            cancel={close}
          />
        </div>
      </div>
    </Window>
  );
}

function WhatDiffers({ policy }: { policy: string }) {
  const say = useWords(policiesWords);
  const tell = useTelling();
  const found = useDifferences("live", policy);
  return (
    <Panel
      query={found}
      lines={2}
      empty={({ items }) => items.length === 0 && say("differencesEmpty")}
    >
      {({ items }) => (
        <>
          <p>{say("differs", { count: items.length })}</p>
          <ul>
            {items.slice(0, SHOWN).map((one) => (
              <li key={one.pointer}>
                {tell.field(one.pointer)}: {tell.value(one.pointer, one.before)} →{" "}
                <b>{tell.value(one.pointer, one.after)}</b>
              </li>
            ))}
            {items.length > SHOWN && <li>{say("more", { count: items.length - SHOWN })}</li>}
          </ul>
        </>
      )}
    </Panel>
  );
}
