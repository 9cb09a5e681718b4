import { type RefObject, useEffect } from "react";

/**
 * A button that is busy can have no focus, and the browser drops it: once it is done, it has it
 * again, unless it went elsewhere meanwhile.
 */
export function useFocusAfter(isBusy: boolean, button: RefObject<HTMLElement | null>) {
  useEffect(() => {
    if (!isBusy) return;
    return () => {
      setTimeout(() => {
        if (document.activeElement === document.body) button.current?.focus();
      }, 0);
    };
  }, [isBusy, button]);
}
