import { useWords } from "../../model/words";
import { useTelling } from "./Differences";
import { type Content, GROUPS, type Group, PLACES } from "./model";
import { valueWords } from "./settingWords";
import { policiesWords } from "./words";

/** All of a policy to be read: settings by what they are about, then what differs where and when. */
export function Reading({ content }: { content: Content }) {
  const say = useWords(policiesWords);
  const sayValue = useWords(valueWords);
  const tell = useTelling();
  const settings = content.settings as unknown as Readonly<Record<string, unknown>>;
  return (
    <div className="stack reading">
      {(Object.keys(GROUPS) as Group[]).map((group) => (
        <table key={group} className="small-table">
          <caption>{sayValue(group)}</caption>
          <tbody>
            {GROUPS[group].map((name) => (
              <tr key={name}>
                <th scope="row">{tell.setting(name)}</th>
                <td className="number">{tell.written(name, settings[name])}</td>
              </tr>
            ))}
            {group === "channels" &&
              (["conversion", "margin", "rotation"] as const).map((name) => (
                <tr key={name}>
                  <th scope="row">{sayValue(name)}</th>
                  <td className="number">{content.ranking[name]}</td>
                </tr>
              ))}
          </tbody>
        </table>
      ))}
      <h3>{say("overrides")}</h3>
      {content.overrides.length === 0 && <p className="hint">{say("overridesEmpty")}</p>}
      {content.overrides.map((one) => (
        <Rule key={one.id} at={`/overrides/${one.id}`} one={one}>
          {Object.entries(one.sets).map(([name, value]) => (
            <li key={name}>
              {tell.setting(name)}: <b>{tell.written(name, value)}</b>
            </li>
          ))}
        </Rule>
      ))}
      <h3>{say("protections")}</h3>
      {content.protections.length === 0 && <p className="hint">{say("protectionsEmpty")}</p>}
      {content.protections.map((one) => (
        <Rule key={one.id} at={`/protections/${one.id}`} one={one}>
          {(["sku", "units", "days"] as const)
            .filter((name) => one[name] !== null)
            .map((name) => (
              <li key={name}>
                {tell.field(`/protections/x/${name}`)}: <b>{one[name]}</b>
              </li>
            ))}
        </Rule>
      ))}
    </div>
  );
}

interface RuleProps {
  at: string;
  one: Content["overrides"][number] | Content["protections"][number];
  children: React.ReactNode;
}

/** A local rule: where and when it holds, what it sets, and why. */
function Rule({ at, one, children }: RuleProps) {
  const tell = useTelling();
  const places = [
    ...PLACES.map((name) => [
      name,
      "country" in one || name !== "country" ? read(one, name) : null,
    ]),
    ["valid_from", one.valid_from],
    ["valid_until", one.valid_until],
  ].filter((place): place is [string, string] => place[1] !== null && place[1] !== undefined);
  return (
    <div className="local-rule">
      <b>{one.id}</b>{" "}
      <span>
        {places
          .map(
            ([name, value]) =>
              `${tell.field(`${at}/${name}`)} ${tell.value(`${at}/${name}`, value)}`,
          )
          .join(" · ")}
      </span>
      <ul>{children}</ul>
      <span className="hint">{one.reason}</span>
    </div>
  );
}

function read(one: object, name: string): string | null {
  return (one as Readonly<Record<string, string | null>>)[name] ?? null;
}
