import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link, useLocation } from "react-router";
import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { useLanguage, useWords } from "../../model/words";
import { Panel } from "../../ui/Panel";
import { PageHead, Stat } from "../../ui/parts";
import { Audit } from "./Audit";
import { Launches } from "./Launches";
import { Load } from "./Load";
import { guideOf } from "./model";
import page from "./page";
import { firstHourWords } from "./words";

/** What whoever begins is led through: their files, what is doubtful in them, stores in waves. */
export default function FirstHour() {
  const say = useWords(firstHourWords);
  const title = page.title[useLanguage()];
  const format = useFormat();
  const { can, canEverywhere } = useMe();
  const found = useQuery({
    queryKey: ["first-hour"],
    queryFn: () => asked(api.GET("/v1/first-hour")),
  });
  useAnchor();
  const one = found.data;
  return (
    <>
      <PageHead
        title={title}
        answer={
          one &&
          (one.is_empty
            ? say("answerEmpty")
            : say("answer", {
                skus: format.number(one.skus),
                nodes: format.number(one.nodes),
                shelves: format.number(one.shelves),
              }))
        }
      />
      <div className="grid">
        <div className="two-thirds stack">
          {can("files.import") && <Load />}
          {canEverywhere("tower.read") && one && !one.is_empty && <Audit />}
          {canEverywhere("tower.read") &&
            canEverywhere("promise.read") &&
            one &&
            one.stores > 0 && <Launches />}
        </div>
        <div className="third stack">
          <Panel title={say("steps")} query={found}>
            {(there) => <Steps there={there} />}
          </Panel>
          <Guide />
          {can("files.import") && <Demo />}
        </div>
      </div>
    </>
  );
}

/** An address with # goes to that part, once it is there. */
function useAnchor() {
  const { hash } = useLocation();
  useEffect(() => {
    if (hash) document.querySelector(hash)?.scrollIntoView();
  }, [hash]);
}

function Steps({ there }: { there: Shapes["FirstHour"] }) {
  const say = useWords(firstHourWords);
  const format = useFormat();
  const rows = [
    ["skus", there.skus],
    ["nodes", there.nodes],
    ["shelves", there.shelves],
    ["channels", there.channels],
    ["services", there.services],
    ["orders", there.orders],
  ] as const;
  return (
    <div className="stats is-small">
      {rows.map(([key, count]) => (
        <Stat key={key} label={say(key)} value={format.number(count)} />
      ))}
    </div>
  );
}

function Guide() {
  const say = useWords(firstHourWords);
  const { reach } = useMe();
  const { role, steps } = guideOf(reach);
  return (
    <section className="panel" aria-labelledby="guide">
      <header className="panel-head">
        <h2 id="guide">{say("guide")}</h2>
        <span className="hint">{say("guideOf", { role: say(`g_${role}`) })}</span>
      </header>
      <ol className="guide">
        {steps.map(({ hint, to }) => (
          <li key={hint}>
            {to === "/docs" ? (
              <a href={to}>{say(`t_${hint}`)}</a>
            ) : (
              <Link to={to}>{say(`t_${hint}`)}</Link>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Demo() {
  const say = useWords(firstHourWords);
  return (
    <section className="panel" aria-labelledby="demo">
      <header className="panel-head">
        <h2 id="demo">{say("demo")}</h2>
      </header>
      <p>{say("demoText")}</p>
      <pre className="command">
        <span className="is-whole">NORIA_HOME=~/noria-demo</span>{" "}
        <span className="is-whole">noria demo --port 8400</span>
      </pre>
    </section>
  );
}
