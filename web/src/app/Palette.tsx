import { Modal, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useState } from "react";
import { useNavigate } from "react-router";
import { api, asked } from "../api/client";
import { useLanguage, useWords } from "../model/words";
import { useMe } from "./me";
import type { TowerPage } from "./pages";
import { appWords } from "./words";

interface Goal {
  key: string;
  group: string;
  title: string;
  detail?: string;
  to: string;
}

interface PaletteProps {
  isOpen: boolean;
  close: () => void;
  pages: readonly TowerPage[];
}

const CALM_MS = 120;

/** Go to anything: pages, orders by whatever is known of them, SKUs. */
export function Palette({ isOpen, close, pages }: PaletteProps) {
  const say = useWords(appWords);
  return (
    <Modal opened={isOpen} onClose={close} title={say("searchAny")} size="lg" yOffset="10vh">
      <Search close={close} pages={pages} />
    </Modal>
  );
}

function Search({ close, pages }: Omit<PaletteProps, "isOpen">) {
  const say = useWords(appWords);
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const { goals, isSettled } = useGoals(text.trim(), pages);
  const current = Math.min(at, goals.length - 1);
  const go = (goal: Goal | undefined) => {
    if (!goal) return;
    close();
    navigate(goal.to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setAt((current + step + goals.length) % Math.max(1, goals.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      go(goals[current]);
    }
  };
  return (
    <div className="palette">
      <TextInput
        data-autofocus
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-goals"
        aria-activedescendant={goals[current] ? `goal-${goals[current].key}` : undefined}
        aria-label={say("search")}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id="palette-goals" role="listbox" aria-label={say("search")} className="goals">
        {goals.map((goal, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the box above
          <div
            key={goal.key}
            id={`goal-${goal.key}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === current}
            className="goal"
            onClick={() => go(goal)}
          >
            <span className="goal-group">{goal.group}</span>
            <span>{goal.title}</span>
            <span className="hint">{goal.detail}</span>
          </div>
        ))}
      </div>
      {text && isSettled && goals.length === 0 && <p className="hint">{say("searchNothing")}</p>}
      <p className="hint">{say("searchHint")}</p>
    </div>
  );
}

/** Where one can go by this text, and whether that is all: answers to another text are not shown. */
function useGoals(
  text: string,
  pages: readonly TowerPage[],
): { goals: Goal[]; isSettled: boolean } {
  const say = useWords(appWords);
  const language = useLanguage();
  const { can } = useMe();
  const [asking] = useDebouncedValue(text, CALM_MS);
  const orders = useQuery({
    queryKey: ["palette", "orders", asking],
    queryFn: () => asked(api.GET("/v1/orders", { params: { query: { q: asking, limit: 6 } } })),
    enabled: asking.length > 1 && can("orders.read"),
  });
  const skus = useQuery({
    queryKey: ["palette", "skus", asking],
    queryFn: () => asked(api.GET("/v1/skus", { params: { query: { q: asking, limit: 6 } } })),
    enabled: asking.length > 1 && can("catalog.read"),
  });
  const wanted = text.toLocaleLowerCase();
  const paths = new Set<string>(pages.map((page) => page.path));
  const ofPages = pages
    .map(({ path, title }) => ({ path, title: title[language] }))
    .filter(({ title }) => title.toLocaleLowerCase().includes(wanted))
    .map(({ path, title }) => ({ key: path.slice(1), group: say("pages"), title, to: path }));
  if (text.length < 2) return { goals: ofPages, isSettled: true };
  if (asking !== text) return { goals: ofPages, isSettled: false };
  const ofOrders = (orders.data?.items ?? []).map((row) => ({
    key: `order-${row.id}`,
    group: say("orders"),
    title: row.id,
    detail: row.customer,
    to: `/orders/${row.id}`,
  }));
  const ofSkus = (skus.data?.items ?? []).map((row) => ({
    key: `sku-${row.code}`,
    group: say("skus"),
    title: row.code,
    detail: row.name,
    to: `/stock/${row.code}`,
  }));
  const goals = [
    ...ofPages,
    ...(paths.has("/orders") ? ofOrders : []),
    ...(paths.has("/stock") ? ofSkus : []),
  ];
  return { goals, isSettled: !orders.isFetching && !skus.isFetching };
}
