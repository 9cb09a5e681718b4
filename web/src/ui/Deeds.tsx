import { Button, Menu, Modal } from "@mantine/core";
import { type ReactNode, type RefObject, useRef, useState } from "react";
import { useWords } from "../model/words";
import { Confirm, type Verb } from "./Act";
import { useFocusAfter } from "./focus";
import { uiWords } from "./words";

/** One thing that may be done: at once, or in a window that says or asks what is done. */
export type Deed = { label: string; isLate?: boolean } & (
  | { run: () => void; isBusy: boolean }
  | { title: string; size?: string; window: (close: () => void) => ReactNode }
);

/** A verb that says what it will do before it is done. */
export function confirmed<T, U>(verb: Verb<T, U> & { confirm: string }): Deed {
  const { label, isLate } = verb;
  return { label, isLate, title: label, window: (close) => <Confirm {...verb} close={close} /> };
}

/**
 * What may be done about one thing: the first deed is its button, unless it takes something away;
 * the others are in a menu. Whatever was opened, the focus is then where it was opened from.
 * In a row of many, they are quiet.
 */
export function Deeds({ deeds, isQuiet }: { deeds: readonly Deed[]; isQuiet?: boolean }) {
  const say = useWords(uiWords);
  const [opened, open] = useState<string | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLButtonElement>(null);
  const origin = useRef<RefObject<HTMLButtonElement | null>>(menu);
  const primary = deeds[0]?.isLate ? undefined : deeds[0];
  const others = primary ? deeds.slice(1) : deeds;
  useFocusAfter(primary !== undefined && "run" in primary && primary.isBusy, button);
  const chosen = deeds.find(({ label }) => label === opened);
  const close = () => {
    open(null);
    // Once the window is gone: what holds the focus in it would take it back.
    setTimeout(() => (origin.current.current ?? menu.current)?.focus(), 0);
  };
  const choose = (deed: Deed, from: RefObject<HTMLButtonElement | null>) => {
    origin.current = from;
    if ("window" in deed) return open(deed.label);
    // An item of the menu goes with it: what runs, or opens elsewhere, gives the focus back here.
    from.current?.focus();
    deed.run();
  };
  return (
    <>
      {primary && (
        <Button
          ref={button}
          size="xs"
          variant={isQuiet ? "default" : "filled"}
          loading={"run" in primary && primary.isBusy}
          onClick={() => choose(primary, button)}
        >
          {primary.label}
        </Button>
      )}
      {others.length > 0 && (
        <Menu position="bottom-end">
          <Menu.Target>
            <Button
              ref={menu}
              size="xs"
              variant={isQuiet ? "subtle" : "default"}
              aria-label={isQuiet ? say("others") : undefined}
              rightSection={isQuiet ? undefined : <span aria-hidden="true">▾</span>}
            >
              {isQuiet ? "…" : say("others")}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {others.map((deed) => (
              <Menu.Item
                key={deed.label}
                color={deed.isLate ? "late" : undefined}
                onClick={() => choose(deed, menu)}
              >
                {deed.label}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      {chosen && "window" in chosen && (
        <Modal opened onClose={close} title={chosen.title} size={chosen.size} returnFocus={false}>
          {chosen.window(close)}
        </Modal>
      )}
    </>
  );
}
