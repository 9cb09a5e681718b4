import { NumberInput, Select, Switch } from "@mantine/core";
import { useMe } from "../../app/me";
import { signOf } from "../../model/format";
import { useLanguage, useWords } from "../../model/words";
import { useTelling } from "./Differences";
import { kept, type Setting, shown, unitOf, type Value } from "./model";
import { valueWords } from "./settingWords";
import { policiesWords } from "./words";

const STEPS = { money: 0.5, percent: 10, chance: 1 } as const;
const CHOICES = ["never", "by_value", "by_cost"];

/** Fields stand in rows: one without bounds has their line all the same. */
export const NO_BOUNDS = "\u00a0";
export const ORDER: ("label" | "input" | "description" | "error")[] = [
  "label",
  "input",
  "description",
  "error",
];

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
        description={NO_BOUNDS}
        inputWrapperOrder={ORDER}
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
  const { sign, isFirst } = signOf(language, me.currency);
  const signs = { money: sign, percent: "%", chance: "%" } as const;
  const isBefore = unit === "money" && isFirst;
  const isBare = unit === "plain" || isBefore;
  const suffix = isBare ? "" : `\u00a0${signs[unit as "money"] ?? sayValue(unit as "minutes")}`;
  return (
    <NumberInput
      label={name}
      description={say("bounds", bounds)}
      inputWrapperOrder={ORDER}
      value={typeof value === "number" && !Number.isNaN(value) ? shown(value, unit) : ""}
      onChange={(written) => onChange(written === "" ? Number.NaN : kept(Number(written), unit))}
      error={error}
      prefix={isBefore ? sign : ""}
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
