import { NumberInput } from "@mantine/core";
import { useWords } from "../../model/words";
import { type Content, GROUPS, type Group, type Setting, type Value } from "./model";
import { valueWords } from "./settingWords";
import { NO_BOUNDS, ORDER, ValueField } from "./ValueField";

export interface PartProps {
  content: Content;
  settings: readonly Setting[];
  /** What is wrong at a pointer, in words. */
  faultAt: (pointer: string) => string | undefined;
  /** Put in place what a pointer's field says now. */
  change: (pointer: string, next: Content) => void;
}

/** What holds everywhere, in groups, each field in its unit. */
export function SettingsForm({ content, settings, faultAt, change }: PartProps) {
  const sayValue = useWords(valueWords);
  const known = new Map(settings.map((one) => [one.name, one]));
  const values = content.settings as unknown as Readonly<Record<string, Value>>;
  return (
    <>
      {(Object.keys(GROUPS) as Group[]).map((group) => (
        <fieldset key={group} className="field-group">
          <legend>{sayValue(group)}</legend>
          <div className="fields">
            {GROUPS[group].map((name) => {
              const setting = known.get(name);
              const pointer = `/settings/${name}`;
              return (
                setting && (
                  <ValueField
                    key={name}
                    setting={setting}
                    value={values[name] ?? setting.usual}
                    error={faultAt(pointer)}
                    onChange={(value) =>
                      change(pointer, {
                        ...content,
                        settings: { ...content.settings, [name]: value },
                      })
                    }
                  />
                )
              );
            })}
            {group === "channels" && (
              <Ranking content={content} settings={settings} faultAt={faultAt} change={change} />
            )}
          </div>
        </fieldset>
      ))}
    </>
  );
}

const WEIGHTS = ["conversion", "margin", "rotation", "fresh_days"] as const;

function Ranking({ content, faultAt, change }: PartProps) {
  const sayValue = useWords(valueWords);
  return WEIGHTS.map((name) => (
    <NumberInput
      key={name}
      label={sayValue(name)}
      description={name === "fresh_days" ? NO_BOUNDS : sayValue("weightHint")}
      inputWrapperOrder={ORDER}
      value={Number.isFinite(content.ranking[name]) ? content.ranking[name] : ""}
      error={faultAt(`/ranking/${name}`)}
      suffix={name === "fresh_days" ? `\u00a0${sayValue("days")}` : ""}
      onChange={(written) =>
        change(`/ranking/${name}`, {
          ...content,
          ranking: {
            ...content.ranking,
            [name]: written === "" ? Number.NaN : Number(written),
          },
        })
      }
      decimalScale={name === "fresh_days" ? 0 : 2}
      clampBehavior="none"
      hideControls
    />
  ));
}
