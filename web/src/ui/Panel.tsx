import { Button, Skeleton } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useId } from "react";
import { Problem } from "../api/client";
import { useWords } from "../model/words";
import { uiWords } from "./words";

type Question<T> = Pick<UseQueryResult<T>, "data" | "error" | "isPending" | "refetch">;

interface PanelProps<T> {
  title?: string;
  /** At the right of the title: a filter, a link to the list behind it. */
  side?: ReactNode;
  query: Question<T>;
  /** Lines that the content will have, so that nothing jumps when it comes. */
  lines?: number;
  empty?: (data: T) => ReactNode | false;
  children: (data: T) => ReactNode;
}

/** A part of a page that asks for something: loading, failed with a retry, empty, or there. */
export function Panel<T>({ title, side, query, lines = 4, empty, children }: PanelProps<T>) {
  const id = useId();
  return (
    <section className="panel" aria-labelledby={title ? id : undefined}>
      {(title || side) && (
        <header className="panel-head">
          {title && <h2 id={id}>{title}</h2>}
          {side}
        </header>
      )}
      <PanelBody query={query} lines={lines} empty={empty}>
        {children}
      </PanelBody>
    </section>
  );
}

function PanelBody<T>({ query, lines = 4, empty, children }: PanelProps<T>) {
  if (query.error && query.data === undefined) {
    return <Failure error={query.error} retry={() => query.refetch()} />;
  }
  if (query.data === undefined) return <Loading lines={lines} />;
  const nothing = empty?.(query.data);
  return (
    <>
      {query.error && <Failure error={query.error} retry={() => query.refetch()} />}
      {nothing ? <div className="empty">{nothing}</div> : children(query.data)}
    </>
  );
}

export function Loading({ lines }: { lines: number }) {
  const say = useWords(uiWords);
  return (
    <div className="loading" role="status">
      <span className="unseen">{say("loading")}</span>
      {Array.from({ length: lines }, (_, line) => `line-${line}`).map((key) => (
        <Skeleton key={key} height={20} mt={8} />
      ))}
    </div>
  );
}

/** What failed, in the API's own words, with its code and a retry. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const say = useWords(uiWords);
  const { code, detail, todo } = told(error, say("noAnswer"), say("noAnswerTodo"));
  return (
    <div className="failure" role="alert">
      <p>
        <strong>{detail}</strong> {todo} <code>{code}</code>
      </p>
      {retry && (
        <Button size="xs" variant="default" onClick={retry}>
          {say("retry")}
        </Button>
      )}
    </div>
  );
}

/** An error as words: those of the API, or those given where no answer came. */
export function told(error: unknown, noAnswer: string, noAnswerTodo: string) {
  if (error instanceof Problem && error.detail) return error;
  const code = error instanceof Problem ? error.code : "error";
  return { code, detail: noAnswer, todo: noAnswerTodo };
}
