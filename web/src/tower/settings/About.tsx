import { useQuery } from "@tanstack/react-query";
import { api, asked, newId, type Shapes } from "../../api/client";
import { useMe, useNow } from "../../app/me";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { Act } from "../../ui/Act";
import { type Fact, Facts } from "../../ui/Facts";
import { Panel } from "../../ui/Panel";
import { Badge, PageHead } from "../../ui/parts";
import { aboutWords } from "./aboutWords";
import { megabytes } from "./model";
import { settingsWords } from "./words";

const AGAIN_MS = 30_000;

export function About() {
  const say = useWords(aboutWords);
  const sayAll = useWords(settingsWords);
  const { canEverywhere } = useMe();
  const about = useQuery({
    queryKey: ["about"],
    queryFn: () => asked(api.GET("/v1/about")),
    refetchInterval: AGAIN_MS,
  });
  return (
    <>
      <PageHead
        title={sayAll("about")}
        answer={say("answer")}
        side={<a href="/docs">{say("docs")}</a>}
      />
      <div className="grid">
        <div className="half stack">
          <Panel title={say("runs")} query={about} lines={6}>
            {(found) => <Runs about={found} />}
          </Panel>
        </div>
        <div className="half stack">
          {canEverywhere("audit.read") && <Book />}
          <Panel title={say("parts")} query={about}>
            {(found) => <Parts parts={found.parts} />}
          </Panel>
        </div>
      </div>
    </>
  );
}

function Runs({ about }: { about: Shapes["About"] }) {
  const say = useWords(aboutWords);
  const format = useFormat();
  const now = new Date(useNow()).toISOString();
  const isReady = about.missing.length === 0;
  return (
    <>
      <p>
        <Badge meaning={isReady ? "good" : "late"}>{say(isReady ? "ready" : "notReady")}</Badge>
      </p>
      {!isReady && <p className="late">{say("missing", { missing: about.missing.join(", ") })}</p>}
      <Facts
        facts={[
          [say("version"), about.version],
          [say("python"), about.python],
          [say("database"), about.database],
          [say("size"), say("megabytes", { size: format.number(megabytes(about.database_bytes)) })],
          [
            say("migrations"),
            say("migrated", {
              count: about.migrations,
              last: about.last_migration,
              at: format.moment(about.migrated_at),
            }),
          ],
          [
            say("clock"),
            say(about.is_clock_driven ? "driven" : "real", { at: format.moment(now) }),
          ],
        ]}
      />
      <p className="hint">{say("metrics")}</p>
    </>
  );
}

/** Whatever a part says of itself, name by name: in words, where there are some for it. */
function Parts({ parts }: { parts: Record<string, unknown> }) {
  const say = useWords(aboutWords);
  const format = useFormat();
  const nameOf = (name: string) => (name in aboutWords.en ? say(name as "matrix.state") : name);
  const plain = (value: unknown) => {
    if (typeof value === "number") return format.number(value);
    if (value === "in sync" || value === "not in sync") return say(value);
    return written(value);
  };
  const facts = Object.entries(parts).flatMap(([name, told]): Fact[] =>
    typeof told === "object" && told !== null
      ? Object.entries(told).map(([key, value]) => [nameOf(`${name}.${key}`), plain(value)])
      : [[nameOf(name), plain(told)]],
  );
  if (facts.length === 0) return <p className="hint">{say("partsEmpty")}</p>;
  return (
    <>
      <p className="hint">{say("partsHint")}</p>
      <Facts facts={facts} />
    </>
  );
}

function written(value: unknown): string {
  if (value === null || value === undefined) return "—";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Whether the book agrees with itself, by the last audit. */
function Book() {
  const say = useWords(aboutWords);
  const audit = useQuery({
    queryKey: ["audit"],
    queryFn: () => asked(api.GET("/v1/audit")),
    refetchInterval: AGAIN_MS,
  });
  return (
    <Panel title={say("audit")} query={audit} side={<a href="/docs/audit">{say("auditPage")}</a>}>
      {(found) => (
        <div className="stack">
          <LastAudit audit={found} />
          <div>
            <Act
              label={say("askAudit")}
              confirm={say("askAuditConfirm")}
              act={() =>
                asked(
                  api.POST("/v1/audit/runs", {
                    params: { header: { "Idempotency-Key": newId("audit") } },
                    body: { is_full: true },
                  }),
                )
              }
              done={say("askedAudit")}
              stale={[["audit"], ["jobs"]]}
            />
          </div>
        </div>
      )}
    </Panel>
  );
}

function LastAudit({ audit }: { audit: Shapes["Audit"] }) {
  const say = useWords(aboutWords);
  const format = useFormat();
  const { last, latest } = audit;
  const isRunning = latest !== null && latest.ended_at === null && latest.failure === null;
  return (
    <>
      {last === null ? (
        <p className="hint">{say("never")}</p>
      ) : (
        <>
          <p>
            <Badge meaning={last.differences === 0 ? "good" : "late"}>
              {last.differences === 0
                ? say("clean")
                : say("differs", {
                    count: last.differences,
                    differences: format.number(last.differences),
                  })}
            </Badge>{" "}
            <span className="hint">{say("audited", { at: format.moment(last.ended_at) })}</span>
          </p>
          <p className="hint">
            {say(last.is_full ? "full" : "fresh")} ·{" "}
            {say("compared", { count: audit.checks.length, skus: format.number(last.skus) })}.{" "}
            {say("auditHint")}
          </p>
        </>
      )}
      {isRunning && (
        <p className="hint" role="status">
          {say("running", {
            done: format.number(latest.skus_done),
            skus: format.number(latest.skus),
          })}
        </p>
      )}
    </>
  );
}
