import { useWords, words } from "../model/words";

/** Who did it: by name, or what they are; of a key or a person without a name, its id begins. */
export function useActor(): (actor: string, name?: string | null) => string {
  const say = useWords(actorWords);
  return (actor, name) => {
    if (name) return name;
    const [kind = "", id = ""] = actor.split(":");
    if (kind === "system" || kind === "customer") return say(kind);
    if (kind === "carrier") return say(id ? "carrier" : "oneCarrier", { id });
    return kind === "person" || kind === "key" ? say(kind, { id: brief(id) }) : actor;
  };
}

const LONGEST = 10;
const BEGINS = 8;

function brief(id: string): string {
  return id.length > LONGEST ? `${id.slice(0, BEGINS)}…` : id;
}

const actorWords = words(
  "actors",
  {
    system: "the system",
    customer: "the customer",
    carrier: "the carrier {{id}}",
    oneCarrier: "the carrier",
    person: "person {{id}}",
    key: "key {{id}}",
  },
  {
    system: "le système",
    customer: "le client",
    carrier: "le transporteur {{id}}",
    oneCarrier: "le transporteur",
    person: "la personne {{id}}",
    key: "la clé {{id}}",
  },
);
