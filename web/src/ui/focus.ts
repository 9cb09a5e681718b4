import { type RefObject, useEffect, useRef } from "react";

/** Once what goes now is gone: nobody who went elsewhere meanwhile is called back. */
function focusIfLost(target: () => Element | null) {
  setTimeout(() => {
    const element = target();
    if (document.activeElement === document.body && element instanceof HTMLElement) element.focus();
  }, 0);
}

/** Once this is gone, the focus is where it was before, unless it went elsewhere meanwhile. */
export function useFocusBack() {
  const origin = useRef(document.activeElement);
  useEffect(() => () => focusIfLost(() => origin.current), []);
}

/** What a window begins with, if it is told apart: its first field rather than its ×. */
const FIRST = "[data-autofocus]";

/**
 * What comes into a window that stands already takes the focus, unless somebody went elsewhere
 * meanwhile: whatever is asked for first has to be read first, perhaps.
 */
export function useFirstFocus(form: RefObject<HTMLElement | null>) {
  useEffect(() => {
    const window = form.current?.closest('[role="dialog"]');
    const at = document.activeElement;
    const isElsewhere = at !== document.body && at !== window && !at?.matches(CLOSE);
    if (window && !isElsewhere) {
      form.current?.querySelector<HTMLElement>(FIRST)?.focus({ preventScroll: true });
    }
  }, [form]);
}

const CLOSE = ".mantine-Modal-close";

/**
 * A button that is busy can have no focus, and the browser drops it: once it is done, it has it
 * again, unless it went elsewhere meanwhile.
 */
export function useFocusAfter(isBusy: boolean, button: RefObject<HTMLElement | null>) {
  useEffect(() => {
    if (!isBusy) return;
    return () => focusIfLost(() => button.current);
  }, [isBusy, button]);
}
