import { SegmentedControl } from "@mantine/core";
import { useLanguage, useWords } from "../../model/words";
import { useFilters } from "../../ui/filters";
import { PageHead } from "../../ui/parts";
import { messageWords } from "./messageWords";
import { MESSAGE_KINDS } from "./model";
import { settingsWords } from "./words";

const LANGUAGES = ["en", "fr"] as const;
const WIDTHS = { narrow: 375, wide: 680 } as const;

/** What customers are told, as they see it: in both languages, at the width of a phone and wider. */
export function Messages() {
  const say = useWords(messageWords);
  const sayAll = useWords(settingsWords);
  const own = useLanguage();
  const [query, set] = useFilters();
  const kind = MESSAGE_KINDS.find((one) => one === query.get("kind")) ?? MESSAGE_KINDS[0];
  const language = LANGUAGES.find((one) => one === query.get("language")) ?? own;
  const width = query.get("width") === "narrow" ? "narrow" : "wide";
  const address = `/v1/message-previews/${kind}?language=${language}`;
  return (
    <>
      <PageHead
        title={sayAll("messages")}
        answer={say("answer")}
        side={
          <>
            <SegmentedControl
              size="xs"
              aria-label={say("language")}
              value={language}
              onChange={(value) => set("language", value)}
              data={LANGUAGES.map((value) => ({ value, label: say(value) }))}
            />
            <SegmentedControl
              size="xs"
              aria-label={say("width")}
              value={width}
              onChange={(value) => set("width", value)}
              data={(["narrow", "wide"] as const).map((value) => ({ value, label: say(value) }))}
            />
          </>
        }
      />
      <div className="grid">
        <section className="third panel" aria-label={say("kinds")}>
          <ul className="causes">
            {MESSAGE_KINDS.map((one) => (
              <li key={one}>
                <button type="button" aria-pressed={one === kind} onClick={() => set("kind", one)}>
                  <span className="two-lines">
                    <span>{say(one)}</span>
                    <span className="hint">{say(`when_${one}`)}</span>
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </section>
        <section className="two-thirds panel" aria-label={say("preview")}>
          <header className="panel-head">
            <h2>{say(kind)}</h2>
            <a href={address} target="_blank" rel="noreferrer">
              {say("open")}
            </a>
          </header>
          <div className="small-scroll">
            <iframe
              className="letter"
              sandbox=""
              title={say("frame", { kind: say(kind), language: say(language) })}
              src={address}
              style={{ width: WIDTHS[width] }}
            />
          </div>
        </section>
      </div>
    </>
  );
}
