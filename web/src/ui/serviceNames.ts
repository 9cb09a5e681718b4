import { useQuery } from "@tanstack/react-query";
import { api, asked } from "../api/client";
import { useWords, words } from "../model/words";

/** Every service of a carrier, by code. */
export function useServices() {
  return useQuery({
    queryKey: ["services"],
    queryFn: () => asked(api.GET("/v1/services")),
    staleTime: 60_000,
  });
}

/** What a service is called: of one that nobody has named, its code. */
export function useServiceName(): (code: string) => string {
  const say = useWords(ownWayWords);
  const { data } = useServices();
  const names = new Map(data?.items.map(({ code, name }) => [code, name]));
  return (code) => (isOwnWay(code) ? say(code) : (names.get(code) ?? code));
}

function isOwnWay(code: string): code is "pick-up" | "lane" {
  return code in ownWayWords.en;
}

/** What goes by no carrier: it lies where it is collected, or one of our own lanes brings it there. */
const ownWayWords = words(
  "own-ways",
  { "pick-up": "click & collect", lane: "own lane" },
  { "pick-up": "retrait en magasin", lane: "liaison propre" },
);
