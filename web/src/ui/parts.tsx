import type { ReactNode } from "react";
import { Link } from "react-router";
import { useFormat } from "../model/format";
import { useWords } from "../model/words";
import { uiWords } from "./words";

/** What a colour means, everywhere: `late` broken, `soon` at risk, `good` kept, `virtual` not ours. */
export type Meaning = "late" | "soon" | "good" | "virtual" | "plain";

export function Badge({ meaning = "plain", children }: { meaning?: Meaning; children: ReactNode }) {
  return <span className={`badge ${meaning}`}>{children}</span>;
}

interface PageHeadProps {
  title: string;
  /** The answer in a sentence. */
  answer?: ReactNode;
  side?: ReactNode;
}

export function PageHead({ title, answer, side }: PageHeadProps) {
  return (
    <header className="page-head">
      <div>
        <h1>{title}</h1>
        {answer && <p className="answer">{answer}</p>}
      </div>
      {side && <div className="page-side">{side}</div>}
    </header>
  );
}

interface StatProps {
  label: string;
  value: string;
  /** Its period, its comparison. */
  hint?: string;
  meaning?: Meaning;
  to?: string;
}

/** A number with what it counts; a link to the list behind it. */
export function Stat({ label, value, hint, meaning = "plain", to }: StatProps) {
  const content = (
    <>
      <span className="stat-label">{label}</span>
      <span className={`stat-value ${meaning}`}>{value}</span>
      {hint && <span className="hint">{hint}</span>}
    </>
  );
  return to ? (
    <Link className="stat" to={to}>
      {content}
    </Link>
  ) : (
    <div className="stat">{content}</div>
  );
}

interface DeadlineProps {
  /** An instant, or a day: that day's end. */
  at: string | null | undefined;
  now: number;
  isDone?: boolean;
}

const SOON_MS = 4 * 3_600_000;

/** Time left, with the clock time beside; once it is done, the time alone. */
export function Deadline({ at, now, isDone = false }: DeadlineProps) {
  const format = useFormat();
  if (!at) return <span className="hint">{format.day(null)}</span>;
  const isDay = at.length === 10;
  const end = isDay ? Date.parse(`${at}T23:59:59`) : Date.parse(at);
  const said = isDay ? format.day(at) : format.moment(at);
  if (isDone) return <span>{said}</span>;
  const meaning = end < now ? "late" : end - now < SOON_MS ? "soon" : "";
  return (
    <span className="deadline">
      <span className={meaning}>{format.left(end, now)}</span> <span className="hint">{said}</span>
    </span>
  );
}

export interface Part {
  key: string;
  label: string;
  value: number;
  said?: string;
  /** The list behind its number. */
  to?: string;
}

/** One bar of parts, in the order given; its legend says each with its number. */
export function StackedBar({ parts, total }: { parts: readonly Part[]; total?: number }) {
  const format = useFormat();
  const whole = total ?? parts.reduce((sum, part) => sum + part.value, 0);
  return (
    <div className="stacked">
      <div className="stacked-bar" aria-hidden="true">
        {parts
          .filter((part) => part.value > 0)
          .map((part) => (
            <span
              key={part.key}
              className={`part ${part.key}`}
              title={`${part.label} ${part.said ?? format.number(part.value)}`}
              style={{ width: `${whole > 0 ? (100 * part.value) / whole : 0}%` }}
            />
          ))}
      </div>
    </div>
  );
}

export function Legend({ parts }: { parts: readonly Part[] }) {
  const format = useFormat();
  const said = (part: Part) => part.said ?? format.number(part.value);
  return (
    <ul className="legend">
      {parts.map((part) => (
        <li key={part.key}>
          <span className={`dot ${part.key}`} aria-hidden="true" /> {part.label}{" "}
          <b>{part.to ? <Link to={part.to}>{said(part)}</Link> : said(part)}</b>
        </li>
      ))}
    </ul>
  );
}

/** The same numbers as a table, one click away from their picture. */
export function AsTable({ children }: { children: ReactNode }) {
  const say = useWords(uiWords);
  return (
    <details className="as-table">
      <summary>{say("table")}</summary>
      <div className="small-scroll">{children}</div>
    </details>
  );
}

interface FiguresTableProps {
  /** What the rows are. */
  head: string;
  columns: readonly { key: string; label: string }[];
  /** Each row with its name, and a figure for each column. */
  rows: readonly { key: string | number; name: ReactNode; figures: readonly string[] }[];
  isLong?: boolean;
}

/** The figures of a picture as a table. */
export function FiguresTable({ head, columns, rows, isLong = false }: FiguresTableProps) {
  return (
    <AsTable>
      <div className={isLong ? "small-scroll is-long" : "small-scroll"}>
        <table className="small-table">
          <thead>
            <tr>
              <th>{head}</th>
              {columns.map(({ key, label }) => (
                <th key={key} className="number">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ key, name, figures }) => (
              <tr key={key}>
                <th scope="row">{name}</th>
                {columns.map((column, index) => (
                  <td key={column.key} className="number">
                    {figures[index]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </AsTable>
  );
}
