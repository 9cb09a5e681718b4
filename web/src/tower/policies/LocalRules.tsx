import { Autocomplete, Button, CloseButton, NumberInput, Select, TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import { NODE_KINDS, nodeKindWords } from "../../model/nodeKinds";
import { useWords } from "../../model/words";
import { useNames } from "./asking";
import { useTelling } from "./Differences";
import {
  newOverride,
  newProtection,
  type Override,
  type Protection,
  SHOWN,
  type Value,
} from "./model";
import type { PartProps } from "./SettingsForm";
import { ValueField } from "./ValueField";
import { policiesWords } from "./words";

/** What is set otherwise somewhere, for some goods, or for a time. */
export function Overrides({ content, settings, faultAt, change }: PartProps) {
  const say = useWords(policiesWords);
  const { overrides } = content;
  const put = (pointer: string, next: readonly Override[]) =>
    change(pointer, { ...content, overrides: [...next] });
  return (
    <section className="panel" aria-labelledby="overrides">
      <header className="panel-head">
        <h2 id="overrides">{say("overrides")}</h2>
        <Button
          size="xs"
          variant="default"
          onClick={() =>
            put("/overrides", [...overrides, newOverride(overrides.map(({ id }) => id))])
          }
        >
          {say("addOverride")}
        </Button>
      </header>
      {overrides.length === 0 && <p className="hint">{say("overridesEmpty")}</p>}
      {overrides.map((one, index) => {
        const at = `/overrides/${index}`;
        const set = (field: string, value: unknown) =>
          put(
            `${at}/${field}`,
            overrides.map((other, place) => (place === index ? { ...one, [field]: value } : other)),
          );
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a name is edited, its place is not
          <fieldset key={index} className="field-group local-rule">
            <legend>{one.id}</legend>
            {faultAt(at) && <p className="late">{faultAt(at)}</p>}
            <Places one={one} at={at} faultAt={faultAt} set={set} hasCountry />
            <Sets one={one} at={at} settings={settings} faultAt={faultAt} set={set} />
            <Remove
              id={one.id}
              remove={() =>
                put(
                  "/overrides",
                  overrides.filter((_, place) => place !== index),
                )
              }
            />
          </fieldset>
        );
      })}
    </section>
  );
}

/** Units that are kept for one channel while the version is live. */
export function Protections({ content, faultAt, change }: PartProps) {
  const say = useWords(policiesWords);
  const names = useNames();
  const { protections } = content;
  const put = (pointer: string, next: readonly Protection[]) =>
    change(pointer, { ...content, protections: [...next] });
  return (
    <section className="panel" aria-labelledby="protections">
      <header className="panel-head">
        <h2 id="protections">{say("protections")}</h2>
        <Button
          size="xs"
          variant="default"
          onClick={() =>
            put("/protections", [
              ...protections,
              newProtection(
                protections.map(({ id }) => id),
                names.channel[0] ?? "",
              ),
            ])
          }
        >
          {say("addProtection")}
        </Button>
      </header>
      {protections.length === 0 && <p className="hint">{say("protectionsEmpty")}</p>}
      {protections.map((one, index) => {
        const at = `/protections/${index}`;
        const set = (field: string, value: unknown) =>
          put(
            `${at}/${field}`,
            protections.map((other, place) =>
              place === index ? { ...one, [field]: value } : other,
            ),
          );
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a name is edited, its place is not
          <fieldset key={index} className="field-group local-rule">
            <legend>{one.id}</legend>
            <Places one={one} at={at} faultAt={faultAt} set={set}>
              <TextInput
                label={say("sku")}
                placeholder={say("anywhere")}
                value={one.sku ?? ""}
                error={faultAt(`${at}/sku`)}
                onChange={(event) => set("sku", event.currentTarget.value || null)}
              />
              <NumberInput
                label={say("units")}
                value={one.units ?? ""}
                error={faultAt(`${at}/units`)}
                min={1}
                allowDecimal={false}
                clampBehavior="none"
                hideControls
                onChange={(value) => set("units", typeof value === "number" ? value : null)}
              />
              <NumberInput
                label={say("daysOfSales")}
                value={one.days ?? ""}
                error={faultAt(`${at}/days`)}
                min={1}
                allowDecimal={false}
                clampBehavior="none"
                hideControls
                onChange={(value) => set("days", typeof value === "number" ? value : null)}
              />
            </Places>
            <Remove
              id={one.id}
              remove={() =>
                put(
                  "/protections",
                  protections.filter((_, place) => place !== index),
                )
              }
            />
          </fieldset>
        );
      })}
    </section>
  );
}

interface PlacesProps {
  one: Override | Protection;
  at: string;
  faultAt: (pointer: string) => string | undefined;
  set: (field: string, value: unknown) => void;
  hasCountry?: boolean;
  children?: ReactNode;
}

/** Where, for what and when a local rule holds, and why; what is left empty means all. */
function Places({ one, at, faultAt, set, hasCountry, children }: PlacesProps) {
  const say = useWords(policiesWords);
  const sayKind = useWords(nodeKindWords);
  const names = useNames();
  const code = (field: "channel" | "node", data: readonly string[]) => (
    <Autocomplete
      label={say(field)}
      placeholder={say("anywhere")}
      value={one[field] ?? ""}
      error={faultAt(`${at}/${field}`)}
      data={[...data]}
      limit={50}
      onChange={(value) => set(field, value.trim() || null)}
      comboboxProps={{ transitionProps: { duration: 0 } }}
    />
  );
  return (
    <div className="fields">
      <TextInput
        label={say("id")}
        value={one.id}
        error={faultAt(`${at}/id`)}
        onChange={(event) => set("id", event.currentTarget.value)}
      />
      {code("channel", names.channel)}
      {hasCountry && (
        <TextInput
          label={say("country")}
          placeholder={say("anywhere")}
          maxLength={2}
          value={(one as Override).country ?? ""}
          error={faultAt(`${at}/country`)}
          onChange={(event) => set("country", event.currentTarget.value.toUpperCase() || null)}
        />
      )}
      <TextInput
        label={say("category")}
        placeholder={say("anywhere")}
        value={one.category ?? ""}
        error={faultAt(`${at}/category`)}
        onChange={(event) => set("category", event.currentTarget.value || null)}
      />
      {code("node", names.node)}
      <Select
        label={say("node_kind")}
        placeholder={say("anywhere")}
        value={one.node_kind}
        error={faultAt(`${at}/node_kind`)}
        data={NODE_KINDS.map((value) => ({ value, label: sayKind(value) }))}
        onChange={(value) => set("node_kind", value)}
        clearable
        clearButtonProps={{ "aria-label": say("removeOf", { id: say("node_kind") }) }}
        comboboxProps={{ transitionProps: { duration: 0 } }}
      />
      {children}
      {(["valid_from", "valid_until"] as const).map((field) => (
        <TextInput
          key={field}
          type="date"
          label={say(field)}
          value={one[field] ?? ""}
          error={faultAt(`${at}/${field}`)}
          onChange={(event) => set(field, event.currentTarget.value || null)}
        />
      ))}
      <TextInput
        className="field-wide"
        label={say("reason")}
        value={one.reason}
        error={faultAt(`${at}/reason`)}
        onChange={(event) => set("reason", event.currentTarget.value)}
      />
    </div>
  );
}

interface SetsProps extends Pick<PlacesProps, "at" | "faultAt" | "set"> {
  one: Override;
  settings: PartProps["settings"];
}

/** What an exception sets: one field for each, and a choice of what else may be set there. */
function Sets({ one, at, settings, faultAt, set }: SetsProps) {
  const say = useWords(policiesWords);
  const tell = useTelling();
  const known = new Map(settings.map((setting) => [setting.name, setting]));
  const sets = one.sets as Readonly<Record<string, Value>>;
  const isByNode = one.node !== null || one.node_kind !== null;
  const free = SHOWN.flatMap((name) => {
    const setting = known.get(name);
    const isLocal = setting && !setting.is_of_all && (setting.is_of_a_node || !isByNode);
    return isLocal && !(name in sets) ? [setting] : [];
  });
  return (
    <div className="fields">
      {Object.entries(sets).map(([name, value]) => {
        const setting = known.get(name);
        return (
          setting && (
            <div key={name} className="set-one">
              <ValueField
                setting={setting}
                value={value}
                error={faultAt(`${at}/sets/${name}`)}
                onChange={(next) => set("sets", { ...sets, [name]: next })}
              />
              <CloseButton
                aria-label={say("removeOf", { id: tell.setting(name) })}
                onClick={() => {
                  const { [name]: _, ...rest } = sets;
                  set("sets", rest);
                }}
              />
            </div>
          )
        );
      })}
      <Select
        label={say("sets")}
        placeholder={say("addSetting")}
        value={null}
        error={faultAt(`${at}/sets`)}
        data={free.map(({ name }) => ({ value: name, label: tell.setting(name) }))}
        onChange={(name) => {
          const setting = name ? known.get(name) : undefined;
          if (setting) set("sets", { ...sets, [setting.name]: setting.usual });
        }}
        searchable
        comboboxProps={{ transitionProps: { duration: 0 } }}
      />
    </div>
  );
}

function Remove({ id, remove }: { id: string; remove: () => void }) {
  const say = useWords(policiesWords);
  return (
    <Button
      size="compact-xs"
      variant="subtle"
      color="late"
      aria-label={say("removeOf", { id })}
      onClick={remove}
    >
      {say("remove")}
    </Button>
  );
}
