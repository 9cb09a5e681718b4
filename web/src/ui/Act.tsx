import { Button, Group, Modal, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sayer, useWords } from "../model/words";
import { told } from "./Panel";
import { uiWords } from "./words";

interface ActProps<T, U> {
  label: string;
  /** What it will do, said before it is done; without it, it is done at once. */
  confirm?: string;
  act: () => Promise<T>;
  done: string | ((answer: T) => string);
  undo?: (answer: T) => Promise<U>;
  /** What became of the undo, where that is not plain. */
  undone?: (outcome: U) => string;
  /** What is to be asked again once it is done. */
  stale?: readonly QueryKey[];
  variant?: "filled" | "default" | "subtle";
  isLate?: boolean;
}

/** A verb: one click to act, one to undo. Whoever may not do it is not shown it. */
export function Act<T, U = unknown>(props: ActProps<T, U>) {
  const { label, confirm, act, done, undo, undone, stale = [], variant, isLate } = props;
  const say = useWords(uiWords);
  const [isAsking, setAsking] = useState(false);
  const doing = useDoing<T, U>(stale);
  const run = () => {
    setAsking(false);
    doing.mutate({ act, done, undo, undone });
  };
  return (
    <>
      <Button
        size={variant === "subtle" ? "compact-xs" : "xs"}
        variant={variant ?? "default"}
        color={isLate ? "late" : undefined}
        loading={doing.isPending}
        onClick={() => (confirm ? setAsking(true) : run())}
      >
        {label}
      </Button>
      {confirm && (
        <Modal opened={isAsking} onClose={() => setAsking(false)} title={label}>
          <Text>{confirm}</Text>
          <Group mt="md" justify="flex-end">
            <Button variant="default" onClick={() => setAsking(false)}>
              {say("cancel")}
            </Button>
            <Button data-autofocus color={isLate ? "late" : undefined} onClick={run}>
              {label}
            </Button>
          </Group>
        </Modal>
      )}
    </>
  );
}

interface Doing<T, U> {
  act: () => Promise<T>;
  done: string | ((answer: T) => string);
  undo?: (answer: T) => Promise<U>;
  undone?: (outcome: U) => string;
}

/** Do something, say what became of it, and offer to undo it where the world allows that. */
export function useDoing<T = unknown, U = unknown>(stale: readonly QueryKey[]) {
  const queries = useQueryClient();
  const refresh = () => {
    for (const queryKey of stale) queries.invalidateQueries({ queryKey });
  };
  // What failed may have been done in part, or by somebody else: what is shown is asked for again.
  const failed = (error: unknown) => {
    refresh();
    tellFailure(error);
  };
  return useMutation({
    mutationFn: async (doing: Doing<T, U>) => ({ ...doing, answer: await doing.act() }),
    onSuccess: ({ done, undo, undone, answer }) => {
      refresh();
      const said = typeof done === "string" ? done : done(answer);
      const id = notifications.show({
        message: undo ? (
          <Undo
            done={said}
            undo={() => {
              notifications.hide(id);
              undo(answer).then((outcome) => {
                refresh();
                if (undone) notifications.show({ message: undone(outcome) });
              }, failed);
            }}
          />
        ) : (
          said
        ),
      });
    },
    onError: failed,
  });
}

function Undo({ done, undo }: { done: string; undo: () => void }) {
  const say = useWords(uiWords);
  return (
    <Group justify="space-between" wrap="nowrap">
      <span>{done}</span>
      <Button size="compact-xs" variant="subtle" onClick={undo}>
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
