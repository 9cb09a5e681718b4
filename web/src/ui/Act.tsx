import { Button, Group, Modal, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { sayer, useWords } from "../model/words";
import { useFocusAfter } from "./focus";
import { told } from "./Panel";
import { forget, offer } from "./undos";
import { uiWords } from "./words";

interface Doing<T, U> {
  act: () => Promise<T>;
  done: string | ((answer: T) => string);
  undo?: (answer: T) => Promise<U>;
  /** What became of the undo, where that is not plain. */
  undone?: (outcome: U) => string;
}

export interface Verb<T, U> extends Doing<T, U> {
  label: string;
  /** What it will do, said before it is done; without it, it is done at once. */
  confirm?: string;
  /** What is to be asked again once it is done. */
  stale?: readonly QueryKey[];
  isLate?: boolean;
}

interface ActProps<T, U> extends Verb<T, U> {
  variant?: "filled" | "default" | "subtle";
}

/** A verb: one click to act, one to undo. Whoever may not do it is not shown it. */
export function Act<T, U = unknown>({ variant, ...verb }: ActProps<T, U>) {
  const { label, confirm, act, done, undo, undone, stale = [], isLate } = verb;
  const [isAsking, setAsking] = useState(false);
  const doing = useDoing<T, U>(stale);
  const button = useRef<HTMLButtonElement>(null);
  useFocusAfter(doing.isPending, button);
  return (
    <>
      <Button
        ref={button}
        size={variant === "subtle" ? "compact-xs" : "xs"}
        variant={variant ?? "default"}
        color={isLate ? "late" : undefined}
        loading={doing.isPending}
        onClick={() => (confirm ? setAsking(true) : doing.mutate({ act, done, undo, undone }))}
      >
        {label}
      </Button>
      {confirm && (
        <Modal opened={isAsking} onClose={() => setAsking(false)} title={label}>
          <Confirm {...verb} close={() => setAsking(false)} />
        </Modal>
      )}
    </>
  );
}

/** What a verb will do, and whether it is to be done; it stays until there is an answer. */
export function Confirm<T, U>({ close, ...verb }: Verb<T, U> & { close: () => void }) {
  const { label, confirm, act, done, undo, undone, stale = [], isLate } = verb;
  const say = useWords(uiWords);
  const doing = useDoing<T, U>(stale);
  return (
    <>
      <Text>{confirm}</Text>
      <Group mt="md" justify="flex-end">
        <Button variant="default" onClick={close}>
          {say("back")}
        </Button>
        <Button
          data-autofocus
          color={isLate ? "late" : undefined}
          loading={doing.isPending}
          onClick={() => doing.mutate({ act, done, undo, undone }, { onSettled: close })}
        >
          {label}
        </Button>
      </Group>
    </>
  );
}

/** Do something, say what became of it, and offer to undo it where the world allows that. */
export function useDoing<T = unknown, U = unknown>(stale: readonly QueryKey[]) {
  const { tell, failed } = useTelling<T, U>(stale);
  return useMutation({
    mutationFn: async (doing: Doing<T, U>) => ({ ...doing, answer: await doing.act() }),
    onSuccess: ({ answer, ...done }) => tell(answer, done),
    onError: failed,
  });
}

/** Say what became of something that was done, or failed; what is shown of it is asked for again. */
export function useTelling<T = unknown, U = unknown>(stale: readonly QueryKey[]) {
  const queries = useQueryClient();
  const refresh = () => {
    for (const queryKey of stale) queries.invalidateQueries({ queryKey });
  };
  // What failed may have been done in part, or by somebody else: what is shown is asked for again.
  const failed = (error: unknown) => {
    refresh();
    tellFailure(error);
  };
  const tell = (answer: T, { done, undo, undone }: Omit<Doing<T, U>, "act">) => {
    refresh();
    const said = typeof done === "string" ? done : done(answer);
    if (!undo) {
      notifications.show({ message: said });
      return;
    }
    const takeBack = () => {
      notifications.hide(id);
      undo(answer).then((outcome) => {
        refresh();
        if (undone) notifications.show({ message: undone(outcome) });
      }, failed);
    };
    const id = notifications.show({
      autoClose: UNDO_MS,
      message: <Undo done={said} undo={takeBack} />,
      onClose: () => forget(id),
    });
    offer(id, takeBack);
  };
  return { tell, failed };
}

/** What can be undone is offered for so long: it may be far from where the hand or the focus is. */
const UNDO_MS = 20_000;

function Undo({ done, undo }: { done: string; undo: () => void }) {
  const say = useWords(uiWords);
  return (
    <Group justify="space-between" wrap="nowrap">
      <span>{done}</span>
      <Button size="compact-xs" variant="subtle" aria-keyshortcuts="Alt+Z" onClick={undo}>
        {say("undo")}
      </Button>
    </Group>
  );
}

export function tellFailure(error: unknown) {
  const say = sayer(uiWords);
  const { code, detail, todo } = told(error, say("noAnswer"), say("noAnswerTodo"));
  notifications.show({ color: "late", title: detail, message: `${todo} (${code})` });
}
