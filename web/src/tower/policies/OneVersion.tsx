import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { api, asked } from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { Panel } from "../../ui/Panel";
import { Badge, PageHead } from "../../ui/parts";
import { Activate } from "./Activate";
import { isShipped, useLivePolicy, usePoliciesLive, whoIs, whyIs } from "./asking";
import { Differences } from "./Differences";
import { NewDraft } from "./NewDraft";
import { Reading } from "./Reading";
import { TryIt } from "./Trial";
import { policiesWords } from "./words";

/** A version as it is for ever: what it says, how it differs from what is live. */
export function OneVersion() {
  const say = useWords(policiesWords);
  const format = useFormat();
  const { can } = useMe();
  const { version = "" } = useParams();
  const live = useLivePolicy();
  const [dialog, open] = useState<"activate" | "copy" | null>(null);
  usePoliciesLive();
  const policy = useQuery({
    queryKey: ["policies", "version", version],
    queryFn: () =>
      asked(api.GET("/v1/policies/versions/{policy}", { params: { path: { policy: version } } })),
  });
  const isLive = live.data?.policy.id === version;
  const found = policy.data;
  return (
    <>
      <PageHead
        title={version}
        answer={
          found && (
            <>
              {isLive && <Badge meaning="good">{say("live")}</Badge>}{" "}
              {say(isShipped(found) ? "answerVersionShipped" : "answerVersion", {
                at: format.moment(found.made_at),
                who: whoIs(found, say),
                reason: whyIs(found, say),
              })}
            </>
          )
        }
        side={
          <>
            <Link to="/policies">{say("back")}</Link>
            {can("policies.write") && (
              <Button size="xs" variant="default" onClick={() => open("copy")}>
                {say("copy")}
              </Button>
            )}
            {can("policies.activate") && found && live.data && !isLive && (
              <Button size="xs" onClick={() => open("activate")}>
                {say("activate")}
              </Button>
            )}
          </>
        }
      />
      <div className="grid">
        <div className="half stack">
          {!isLive && live.data && <Differences before="live" after={version} />}
          {found && !isLive && <TryIt side={version} />}
          {isLive && (
            <Panel title={say("coming")} query={live} lines={1}>
              {({ coming }) =>
                coming.length === 0 ? (
                  <p>{say("comingEmpty")}</p>
                ) : (
                  <ul className="next">
                    {coming.map((one) => (
                      <li key={one.id}>
                        {say("comingOne", {
                          policy: one.policy,
                          at: format.moment(one.starts_at),
                        })}
                      </li>
                    ))}
                  </ul>
                )
              }
            </Panel>
          )}
        </div>
        <div className="half stack">
          <Panel title={say("settings")} query={policy} lines={12}>
            {({ content }) => <Reading content={content} />}
          </Panel>
        </div>
      </div>
      {dialog === "copy" && <NewDraft from={version} close={() => open(null)} />}
      {dialog === "activate" && live.data && (
        <Activate policy={version} live={live.data.policy.id} close={() => open(null)} />
      )}
    </>
  );
}
