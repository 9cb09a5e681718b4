import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { api, asked } from "../../api/client";
import { useMe, useNow } from "../../app/me";
import { useFormat } from "../../model/format";
import { type Say, useWords } from "../../model/words";
import { useDoing } from "../../ui/Act";
import { hasEnded, type Job, JobFailure, JobProgress, useJob } from "../../ui/Job";
import { Panel } from "../../ui/Panel";
import { FiguresTable, Legend, PageHead, StackedBar } from "../../ui/parts";
import {
  axis,
  type Comparison,
  dayAfter,
  daysBefore,
  figure,
  line,
  MEASURES,
  type MeasureName,
  verdict,
} from "./model";
import { valueWords } from "./settingWords";
import { policiesWords } from "./words";

type SayPolicies = Say<(typeof policiesWords)["en"]>;

/** Which policies a trial is of, as a person calls them. */
export function sidesOf(job: Pick<Job, "params">, say: SayPolicies): string {
  const { sides } = job.params as { sides?: readonly string[] };
  return (sides ?? []).map((side) => sideName(side, say)).join(" · ");
}

function sideName(side: string, say: SayPolicies): string {
  if (side === "live") return say("sideLive");
  return side.startsWith("draft:") ? `${say("draft")} ${side.slice(6)}` : side;
}

/** The day of an instant as a trial counts days, wherever the reader is. */
function dayOf(instant: string, milliseconds = 0): string {
  return new Date(Date.parse(instant) + milliseconds).toISOString().slice(0, 10);
}

const USUAL_DAYS = 7;

/** Ask for a trial beside the live version; the page of the trial shows how far it is. */
export function TryIt({ side, isSaved = true }: { side: string; isSaved?: boolean }) {
  const say = useWords(policiesWords);
  const { can } = useMe();
  const navigate = useNavigate();
  const now = useNow();
  const usual = daysBefore(now, USUAL_DAYS);
  const [since, setSince] = useState("");
  const [until, setUntil] = useState("");
  const doing = useDoing<{ job: string }>([["trials"]]);
  const first = since || usual.since;
  const last = until || usual.until;
  const isWrong = first > last;
  const start = () =>
    doing.mutate(
      {
        act: () =>
          asked(
            api.POST("/v1/policies/trials", {
              body: {
                policies: ["live", side],
                since: `${first}T00:00:00Z`,
                until: `${dayAfter(last)}T00:00:00Z`,
              },
            }),
          ),
        done: say("trialWaiting"),
      },
      { onSuccess: ({ answer }) => navigate(`/policies/trials/${answer.job}`) },
    );
  return (
    <section className="panel" aria-labelledby="try">
      <header className="panel-head">
        <h2 id="try">{say("try")}</h2>
      </header>
      <p>{say("tryText")}</p>
      {can("jobs.read") ? (
        <div className="fields">
          <TextInput
            label={say("since")}
            type="date"
            value={first}
            onChange={(event) => setSince(event.currentTarget.value)}
          />
          <TextInput
            label={say("until")}
            type="date"
            value={last}
            error={isWrong && say("endsFirst")}
            onChange={(event) => setUntil(event.currentTarget.value)}
          />
          <Button
            className="field-button"
            variant="default"
            disabled={isWrong || !isSaved}
            loading={doing.isPending}
            onClick={start}
          >
            {say("tryStart")}
          </Button>
        </div>
      ) : (
        <p className="hint">{say("mayNotWatch")}</p>
      )}
    </section>
  );
}

/** A trial: how far it is, and what came of it. Its address can be left and come back to. */
export function OneTrial() {
  const say = useWords(policiesWords);
  const format = useFormat();
  const { me } = useMe();
  const { job = "" } = useParams();
  const trial = useJob(job);
  const found = trial.data;
  const result = (found?.result ?? null) as Comparison | null;
  return (
    <>
      <PageHead
        title={found ? `${say("trial")} · ${sidesOf(found, say)}` : say("trial")}
        answer={
          result &&
          say("trialAnswer", {
            count: result.orders,
            since: format.day(dayOf(result.since)),
            until: format.day(dayOf(result.until, -1)),
          })
        }
        side={<Link to="/policies">{say("back")}</Link>}
      />
      {result ? (
        <Result comparison={result} />
      ) : (
        <Panel title={say("trial")} query={trial} lines={3}>
          {(one) =>
            hasEnded(one) ? (
              <JobFailure job={one} cancelled={say("trialCancelled")} />
            ) : (
              <JobProgress
                job={one}
                label={sidesOf(one, say)}
                steps={
                  one.total === null
                    ? say("trialWaiting")
                    : say("progress", {
                        done: format.number(one.done),
                        total: format.number(one.total),
                      })
                }
                mayCancel={one.asked_by === me.id}
              />
            )
          }
        </Panel>
      )}
    </>
  );
}

/** Figures of a trial as they are written. */
function useWriting() {
  const say = useWords(policiesWords);
  const format = useFormat();
  const { me } = useMe();
  return {
    name: (measure: MeasureName) => say(measure === "waiting" ? "waitingOrders" : measure),
    value: (measure: MeasureName, value: number | null) => {
      if (measure === "cost" || measure === "each") {
        return format.money(value === null ? null : Math.round(value), me.currency);
      }
      return measure === "on_time" ? format.percent(value) : format.number(value);
    },
  };
}

const SIDES = ["side-one", "side-two", "side-three", "side-four", "side-five"];

function Result({ comparison }: { comparison: Comparison }) {
  const say = useWords(policiesWords);
  return (
    <div className="grid">
      <section className="panel" aria-labelledby="beside">
        <header className="panel-head">
          <h2 id="beside">{say("sideBySide")}</h2>
          <span className="hint">{say("costHint")}</span>
        </header>
        <SideBySide comparison={comparison} />
      </section>
      <section className="panel half" aria-labelledby="terms">
        <header className="panel-head">
          <h2 id="terms">{say("byTerm")}</h2>
        </header>
        <Terms comparison={comparison} />
      </section>
      <section className="panel half" aria-labelledby="days">
        <header className="panel-head">
          <h2 id="days">{say("byDay")}</h2>
        </header>
        <Days comparison={comparison} />
      </section>
    </div>
  );
}

/** A column for each policy that was tried. */
function sides(trials: Comparison["trials"], say: SayPolicies) {
  return trials.map(({ policy }) => ({ key: policy, label: sideName(policy, say) }));
}

/** Each figure with a bar for each policy, zero-based, and whether it is better than the first. */
function SideBySide({ comparison }: { comparison: Comparison }) {
  const say = useWords(policiesWords);
  const write = useWriting();
  const { trials } = comparison;
  return (
    <>
      <ul className="measures">
        {MEASURES.map(({ key, isMoreBetter }) => {
          const values = trials.map((trial) => figure(trial.total, key));
          const most = Math.max(...values.map((value) => value ?? 0), key === "on_time" ? 1 : 0);
          return (
            <li key={key}>
              <h3>{write.name(key)}</h3>
              {trials.map((trial, index) => {
                const value = values[index] ?? null;
                const meaning = verdict(values[0] ?? null, value, isMoreBetter);
                return (
                  <div key={trial.policy} className="measure">
                    <span className="hint">{sideName(trial.policy, say)}</span>
                    <span className="measure-bar" aria-hidden="true">
                      <span
                        className={`part ${SIDES[index]}`}
                        style={{ width: `${most > 0 ? (100 * (value ?? 0)) / most : 0}%` }}
                      />
                    </span>
                    <b className="number">{write.value(key, value)}</b>
                    <span className={`hint ${index > 0 ? meaning : ""}`}>
                      {index > 0 &&
                        say(meaning === "good" ? "better" : meaning === "late" ? "worse" : "same")}
                    </span>
                  </div>
                );
              })}
            </li>
          );
        })}
      </ul>
      <FiguresTable
        head={say("measure")}
        columns={sides(trials, say)}
        rows={MEASURES.map(({ key }) => ({
          key,
          name: write.name(key),
          figures: trials.map((trial) => write.value(key, figure(trial.total, key))),
        }))}
      />
    </>
  );
}

function Terms({ comparison }: { comparison: Comparison }) {
  const say = useWords(policiesWords);
  const sayTerm = useWords(valueWords);
  const format = useFormat();
  const { me } = useMe();
  const { trials } = comparison;
  const costs = trials.map(({ total }) => total.terms as Readonly<Record<string, number>>);
  const names = [...new Set(costs.flatMap((terms) => Object.keys(terms)))].filter((name) =>
    costs.some((terms) => terms[name]),
  );
  const most = Math.max(
    1,
    ...costs.map((terms) =>
      Object.values(terms).reduce((sum, cents) => sum + Math.max(0, cents), 0),
    ),
  );
  const label = (name: string) => sayTerm(name as "freight");
  return (
    <>
      <ul className="plans">
        {trials.map((trial, index) => (
          <li key={trial.policy}>
            <b>{sideName(trial.policy, say)}</b>
            <StackedBar
              total={most}
              parts={names.map((name) => ({
                key: name,
                label: label(name),
                value: costs[index]?.[name] ?? 0,
                said: format.money(costs[index]?.[name] ?? 0, me.currency),
              }))}
            />
            <b className="number">{format.money(figure(trial.total, "cost"), me.currency)}</b>
          </li>
        ))}
      </ul>
      <Legend
        parts={names.map((name) => ({ key: name, label: label(name), value: 0, said: " " }))}
      />
      <FiguresTable
        head={say("cost")}
        columns={sides(trials, say)}
        rows={names.map((name) => ({
          key: name,
          name: label(name),
          figures: costs.map((terms) => format.money(terms[name] ?? 0, me.currency)),
        }))}
      />
    </>
  );
}

const WIDE = 480;
const HIGH = 140;
const DAILY = ["cost", "on_time", "splits", "parcels", "waiting", "drained"] as const;

function Days({ comparison }: { comparison: Comparison }) {
  const say = useWords(policiesWords);
  const format = useFormat();
  const write = useWriting();
  const [measure, choose] = useState<(typeof DAILY)[number]>("cost");
  const { trials } = comparison;
  const days = trials[0]?.days ?? [];
  const series = trials.map((trial) => trial.days.map((day) => figure(day, measure)));
  const known = series.flat().filter((value) => value !== null);
  const ends = axis(known, measure === "on_time");
  return (
    <>
      <NativeSelect
        aria-label={say("measure")}
        value={measure}
        onChange={({ currentTarget }) => choose(currentTarget.value as typeof measure)}
        data={DAILY.map((value) => ({ value, label: write.name(value) }))}
      />
      <p className="hint line-end">{write.value(measure, ends[1])}</p>
      <svg
        className="lines"
        viewBox={`0 -2 ${WIDE} ${HIGH + 4}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${say("byDay")}: ${write.name(measure)}`}
      >
        <line x1={0} x2={WIDE} y1={HIGH} y2={HIGH} />
        {series.map((values, index) => (
          <path
            key={trials[index]?.policy}
            className={SIDES[index]}
            d={line(values, ends, WIDE, HIGH)}
          />
        ))}
      </svg>
      <p className="hint line-ends">
        <span>{format.day(days[0]?.day)}</span> <span>{format.day(days.at(-1)?.day)}</span>
      </p>
      <Legend
        parts={trials.map((trial, index) => ({
          key: SIDES[index] ?? "",
          label: sideName(trial.policy, say),
          value: 0,
          said: " ",
        }))}
      />
      <FiguresTable
        head={say("day")}
        columns={sides(trials, say)}
        rows={days.map((day, row) => ({
          key: day.day ?? row,
          name: format.day(day.day),
          figures: series.map((values) => write.value(measure, values[row] ?? null)),
        }))}
        isLong
      />
    </>
  );
}
