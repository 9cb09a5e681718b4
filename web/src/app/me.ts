import { useQuery } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useState } from "react";
import { api, asked, type Shapes } from "../api/client";
import { can, canEverywhere, type Reach } from "../model/reach";

export type Me = Shapes["Me"];

export const MeContext = createContext<Me | null>(null);

/** Whoever is signed in. */
export function useMe() {
  const me = useContext(MeContext);
  if (me === null) throw new Error("nobody is signed in here");
  const reach = me.reach as Reach;
  return {
    me,
    reach,
    can: (permission: string, node?: string | null) => can(reach, permission, node),
    canEverywhere: (permission: string) => canEverywhere(reach, permission),
  };
}

/** The day that it is for the business; unknown until it has said so. */
export function useDay() {
  return useQuery({
    queryKey: ["clock", "day"],
    queryFn: async () => (await asked(api.GET("/v1/clock"))).at.slice(0, 10),
  });
}

const TICK_MS = 30_000;

/** What time it is for the business, in milliseconds: its clock may be driven. */
export function useNow(): number {
  const clock = useQuery({
    queryKey: ["clock"],
    queryFn: async () => {
      const { at } = await asked(api.GET("/v1/clock"));
      return { at: Date.parse(at), read: Date.now() };
    },
    refetchInterval: TICK_MS,
    staleTime: TICK_MS,
  });
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return clock.data ? clock.data.at + (Date.now() - clock.data.read) : Date.now();
}
