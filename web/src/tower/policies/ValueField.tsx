import { NumberInput, Select, Switch } from "@mantine/core";
import { useMe } from "../../app/me";
import { useLanguage, useWords } from "../../model/words";
import { useTelling } from "./Differences";
import { kept, type Setting, shown, unitOf, type Value } from "./model";
import { valueWords } from "./settingWords";
import { policiesWords } from "./words";

const STEPS = { money: 0.5, percent: 10, chance: 1 } as const;
const CHOICES = ["never", "by_value", "by_cost"];

interface ValueFieldProps {
  setting: Setting;
  label?: string;
  value: Value;
  error?: string;
  onChange: (value: Value) => void;
}

/** One setting as a person writes it, in its unit; what is wrong stands below as it is typed. */
export function ValueField({ setting, label, value, error, onChange }: ValueFieldProps) {
  const say = useWords(policiesWords);
  const sayValue = useWords(valueWords);
  const tell = useTelling();
  const language = useLanguage();
  const { me } = useMe();
  const unit = unitOf(setting.name);
  const name = label ?? tell.setting(setting.name);
  if (setting.kind === "switch") {
    return (
      <Switch
        label={name}
        checked={value === true}
        error={error}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  }
  if (setting.kind === "choice") {
    return (
      <Select
        label={name}
        value={String(value)}
        error={error}
        data={CHOICES.filter((one) => setting.choices.includes(one)).map((one) => ({
          value: one,
          label: sayValue(one as "never"),
        }))}
        onChange={(chosen) => chosen && onChange(chosen)}
        allowDeselect={false}
        comboboxProps={{ transitionProps: { duration: 0 } }}
      />
    );
  }
  const bounds = {
    least: setting.minimum === null ? "" : tell.written(setting.name, setting.minimum),
    most: setting.maximum === null ? "" : tell.written(setting.name, setting.maximum),
  };
  const suffixes = { money: me.currency, percent: "%", chance: "%" } as const;
  const suffix =
    unit === "plain" ? "" : `\u00a0${suffixes[unit as "money"] ?? sayValue(unit as "minutes")}`;
  return (
    <NumberInput
      label={name}
      description={say("bounds", bounds)}
      inputWrapperOrder={["label", "input", "description", "error"]}
      value={typeof value === "number" && !Number.isNaN(value) ? shown(value, unit) : ""}
      onChange={(written) => onChange(written === "" ? Number.NaN : kept(Number(written), unit))}
      error={error}
      suffix={suffix}
      step={STEPS[unit as "money"] ?? 1}
      decimalScale={unit === "money" ? 2 : setting.kind === "share" ? 2 : 0}
      fixedDecimalScale={unit === "money"}
      decimalSeparator={language === "fr" ? "," : "."}
      clampBehavior="none"
      hideControls
    />
  );
}
