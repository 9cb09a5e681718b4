import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { useLanguage, useWords } from "../../model/words";
import { Act } from "../../ui/Act";
import type { Job } from "../../ui/Job";
import { Panel } from "../../ui/Panel";
import { usePages } from "../../ui/pages";
import { Badge, PageHead } from "../../ui/parts";
import { type Column, Table } from "../../ui/Table";
import {
  isShipped,
  KEYS,
  useActivations,
  useDrafts,
  useLivePolicy,
  usePoliciesLive,
  useVersions,
  whoIs,
  whyIs,
} from "./asking";
import { becameOf, isFromTheStart } from "./model";
import { NewDraft } from "./NewDraft";
import page from "./page";
import { sidesOf } from "./Trial";
import { policiesWords } from "./words";

/** What is live and why, what follows, what is prepared, and what was tried. */
export function Overview() {
  const say = useWords(policiesWords);
  const title = page.title[useLanguage()];
  const { can } = useMe();
  const live = useLivePolicy();
  const [isBeginning, begin] = useState(false);
  usePoliciesLive();
  return (
    <>
      <PageHead
        title={title}
        answer={live.data && <LiveAnswer live={live.data} />}
        side={
          <>
            <Link to="/policies/compare">{say("compare")}</Link>
            {can("policies.write") && (
              <Button size="xs" onClick={() => begin(true)}>
                {say("newDraft")}
              </Button>
            )}
          </>
        }
      />
      <div className="grid">
        <div className="two-thirds stack">
          <section className="stack" aria-labelledby="drafts">
            <h2 id="drafts">{say("drafts")}</h2>
            <Drafts />
          </section>
          <section className="stack" aria-labelledby="versions">
            <h2 id="versions">{say("versions")}</h2>
            <Versions />
          </section>
          <section className="stack" aria-labelledby="activations">
            <h2 id="activations">{say("activations")}</h2>
            <Activations />
          </section>
        </div>
        <div className="third stack">
          <Panel
            title={say("coming")}
            query={live}
            lines={2}
            empty={(found) => found.coming.length === 0 && say("comingEmpty")}
          >
            {(found) => <Coming coming={found.coming} />}
          </Panel>
          <Ranks />
          {can("jobs.read") && <Trials />}
        </div>
      </div>
      {isBeginning && <NewDraft from="live" close={() => begin(false)} />}
    </>
  );
}

function LiveAnswer({ live }: { live: Shapes["Live"] }) {
  const say = useWords(policiesWords);
  const format = useFormat();
  const { policy, since } = live;
  const values = { policy: policy.id, since: format.moment(since), who: whoIs(policy, say) };
  const reason = policy.reason && whyIs(policy, say);
  const said = isShipped(policy) ? "answerShipped" : "answerLive";
  return (
    <>
      <Link to={`/policies/versions/${policy.id}`}>
        {say(isFromTheStart(since) ? "answerStart" : said, values)}
      </Link>
      {reason && (isShipped(policy) ? say("colon", { reason }) : `, ${say("because", { reason })}`)}
    </>
  );
}

function Coming({ coming }: { coming: readonly Shapes["Activation"][] }) {
  const say = useWords(policiesWords);
  const format = useFormat();
  const { can } = useMe();
  return (
    <ul className="next">
      {coming.map((one) => {
        const values = { policy: one.policy, at: format.moment(one.starts_at) };
        return (
          <li key={one.id}>
            <Link to={`/policies/versions/${one.policy}`}>{say("comingOne", values)}</Link>
            <span className="hint">
              {whoIs(one, say)} · {whyIs(one, say)}
            </span>
            {can("policies.activate") && (
              <span>
                <Act
                  label={say("takeBack")}
                  confirm={say("takeBackText", values)}
                  act={() =>
                    asked(
                      api.DELETE("/v1/policies/activations/{activation}", {
                        params: { path: { activation: one.id } },
                      }),
                    )
                  }
                  done={say("tookBack")}
                  stale={KEYS}
                />
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Drafts() {
  const say = useWords(policiesWords);
  const format = useFormat();
  const columns: Column<Shapes["Draft"]>[] = [
    { key: "draft", head: say("draft"), cell: (row) => <b>{row.id}</b> },
    { key: "based", head: say("basedOn"), cell: (row) => row.based_on ?? "—" },
    { key: "changed", head: say("changed"), cell: (row) => format.moment(row.changed_at) },
    { key: "who", head: say("who"), cell: (row) => whoIs(row, say) },
  ];
  return (
    <Table
      label={say("drafts")}
      columns={columns}
      pages={useDrafts()}
      rowKey={(row) => row.id}
      to={(row) => `/policies/drafts/${row.id}`}
      empty={say("draftsEmpty")}
    />
  );
}

function Versions() {
  const say = useWords(policiesWords);
  const format = useFormat();
  const columns: Column<Shapes["PolicyRow"]>[] = [
    { key: "version", head: say("version"), cell: (row) => <b>{row.id}</b> },
    {
      key: "state",
      head: say("state"),
      cell: (row) => row.is_live && <Badge meaning="good">{say("live")}</Badge>,
    },
    {
      key: "made",
      head: say("made"),
      cell: (row) => (row.is_shipped ? say("withNoria") : format.moment(row.made_at)),
    },
    { key: "who", head: say("who"), cell: (row) => whoIs(row, say) },
    { key: "why", head: say("why"), cell: (row) => whyIs(row, say) },
  ];
  return (
    <Table
      label={say("versions")}
      columns={columns}
      pages={useVersions()}
      rowKey={(row) => row.id}
      to={(row) => `/policies/versions/${row.id}`}
      empty={say("versionsEmpty")}
    />
  );
}

function Activations() {
  const say = useWords(policiesWords);
  const format = useFormat();
  const columns: Column<Shapes["Activation"]>[] = [
    {
      key: "from",
      head: say("from"),
      cell: (row) =>
        isFromTheStart(row.starts_at) ? say("fromTheStart") : format.moment(row.starts_at),
    },
    {
      key: "version",
      head: say("version"),
      cell: (row) => <Link to={`/policies/versions/${row.policy}`}>{row.policy}</Link>,
    },
    { key: "state", head: say("state"), cell: (row) => <Became of={row} /> },
    { key: "who", head: say("who"), cell: (row) => whoIs(row, say) },
    { key: "why", head: say("why"), cell: (row) => whyIs(row, say) },
  ];
  return (
    <Table
      label={say("activations")}
      columns={columns}
      pages={useActivations()}
      rowKey={(row) => row.id}
      empty={say("activationsEmpty")}
    />
  );
}

/** What became of it: only one is live, and each other one says why it is not. */
function Became({ of }: { of: Shapes["Activation"] }) {
  const say = useWords(policiesWords);
  const format = useFormat();
  const state = becameOf(of);
  const values = {
    at: format.moment(state === "withdrawn" ? of.withdrawn_at : of.ends_at),
    by: of.replaced_by,
  };
  if (state === "live") return <Badge meaning="good">{say("live")}</Badge>;
  if (state === "withdrawn") return <Badge meaning="soon">{say("withdrawn", values)}</Badge>;
  return <span className="hint">{say(state, values)}</span>;
}

function Ranks() {
  const say = useWords(policiesWords);
  const format = useFormat();
  const language = useLanguage();
  const ranks = useQuery({
    queryKey: ["policies", "ranks"],
    queryFn: () => asked(api.GET("/v1/policies/channel-ranks")),
  });
  return (
    <Panel
      title={say("ranks")}
      side={<span className="hint">{say("ranksHint")}</span>}
      query={ranks}
      empty={(found) => found.items.length === 0 && say("ranksEmpty")}
    >
      {(found) => (
        <ol className="next">
          {found.items.map((one) => (
            <li key={one.channel}>
              <span>
                <b>{one.channel}</b> {format.number(one.rank)}
              </span>
              <span className="hint">{one[language]}</span>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

const TRIALS_SHOWN = 10;

/** Trials that were asked for; each is kept with its result. */
function Trials() {
  const say = useWords(policiesWords);
  const format = useFormat();
  const trials = usePages(["trials"], (cursor) =>
    asked(
      api.GET("/v1/jobs", {
        params: { query: { kind: ["policies.trial"], cursor, limit: TRIALS_SHOWN } },
      }),
    ),
  );
  const columns: Column<Job>[] = [
    {
      key: "sides",
      head: say("trial"),
      cell: (row) => <Link to={`/policies/trials/${row.id}`}>{sidesOf(row, say)}</Link>,
    },
    { key: "asked", head: say("asked"), cell: (row) => format.moment(row.asked_at) },
    { key: "state", head: say("state"), cell: (row) => <Badge>{say(row.state)}</Badge> },
  ];
  return (
    <section className="stack" aria-labelledby="trials">
      <h2 id="trials">{say("trials")}</h2>
      <Table
        label={say("trials")}
        columns={columns}
        pages={trials}
        rowKey={(row) => row.id}
        empty={say("trialsEmpty")}
      />
    </section>
  );
}
