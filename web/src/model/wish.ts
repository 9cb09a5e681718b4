import { useState } from "react";
import { newId, Problem } from "../api/client";

/**
 * An id for what is sent, kept until somebody has answered: asked again after silence, it is the
 * same thing and is done once. `what` tells apart what is wished at one place.
 */
export type Wish = <T>(act: (id: string) => Promise<T>, what?: string) => Promise<T>;

export function wishes(prefix: string): Wish {
  const unanswered = new Map<string, string>();
  return async (act, what = "") => {
    const id = unanswered.get(what) ?? newId(prefix);
    unanswered.set(what, id);
    try {
      const answer = await act(id);
      unanswered.delete(what);
      return answer;
    } catch (problem) {
      if (problem instanceof Problem && problem.isRefusal) unanswered.delete(what);
      throw problem;
    }
  };
}

/** One for each place that asks: a button, a dialog. */
export function useWish(prefix: string): Wish {
  return useState(() => wishes(prefix))[0];
}
