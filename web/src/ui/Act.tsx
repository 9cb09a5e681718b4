import { Button, Group, Modal, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sayer, useWords } from "../model/words";
import { told } from "./Panel";
import { uiWords } from "./words";

interface ActProps<T> {
  label: string;
  /** What it will do, said before it is done; without it, it is done at once. */
  confirm?: string;
  act: () => Promise<T>;
  done: string | ((answer: T) => string);
  undo?: (answer: T) => Promise<unknown>;
  /** What is to be asked again once it is done. */
  stale?: readonly QueryKey[];
  variant?: "filled" | "default" | "subtle";
  isLate?: boolean;
}

/** A verb: one click to act, one to undo. Whoever may not do it is not shown it. */
export function Act<T>(props: ActProps<T>) {
  const { label, confirm, act, done, undo, stale = [], variant, isLate } = props;
  const say = useWords(uiWords);
  const [isAsking, setAsking] = useState(false);
  const doing = useDoing<T>(stale);
  const run = () => {
    setAsking(false);
    doing.mutate({ act, done, undo });
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

interface Doing<T> {
  act: () => Promise<T>;
  done: string | ((answer: T) => string);
  undo?: (answer: T) => Promise<unknown>;
}

/** Do something, say what became of it, and offer to undo it where the world allows that. */
export function useDoing<T = unknown>(stale: readonly QueryKey[]) {
  const queries = useQueryClient();
  const refresh = () => {
    for (const queryKey of stale) queries.invalidateQueries({ queryKey });
  };
  return useMutation({
    mutationFn: async (doing: Doing<T>) => ({ ...doing, answer: await doing.act() }),
    onSuccess: ({ done, undo, answer }) => {
      refresh();
      const said = typeof done === "string" ? done : done(answer);
      const id = notifications.show({
        message: undo ? (
          <Undo
            done={said}
            undo={() => {
              notifications.hide(id);
              undo(answer).then(refresh, tellFailure);
            }}
          />
        ) : (
          said
        ),
      });
    },
    onError: tellFailure,
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
