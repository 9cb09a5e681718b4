import { Select } from "@mantine/core";
import { Link, useSearchParams } from "react-router";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { NODE_KINDS, nodeKindWords } from "../../model/nodeKinds";
import { type Say, useWords } from "../../model/words";
import { Panel } from "../../ui/Panel";
import { PageHead } from "../../ui/parts";
import { useDifferences, useDrafts, useVersions } from "./asking";
import { type Difference, grouped, settingOf, shown, unitOf, whereOf } from "./model";
import { type SettingName, settingWords, valueWords } from "./settingWords";
import { policiesWords } from "./words";

/** Two policies beside each other, in the address: a link shows the same. */
export function Compare() {
  const say = useWords(policiesWords);
  const [query, setQuery] = useSearchParams();
  const before = query.get("before") ?? "live";
  const after = query.get("after") ?? "";
  const versions = useVersions();
  const drafts = useDrafts();
  const sides = [
    { value: "live", label: say("sideLive") },
    ...(drafts.data?.pages ?? []).flatMap((page) =>
      page.items.map(({ id }) => ({ value: `draft:${id}`, label: `${say("draft")} ${id}` })),
    ),
    ...(versions.data?.pages ?? []).flatMap((page) =>
      page.items.map(({ id }) => ({ value: id, label: id })),
    ),
  ];
  const set = (name: string, value: string | null) =>
    setQuery((now) => {
      now.set(name, value ?? "");
      return now;
    });
  const pick = (name: "before" | "after", value: string) => (
    <Select
      label={say(name)}
      value={value || null}
      onChange={(chosen) => set(name, chosen)}
      data={
        sides.some((side) => side.value === value) || !value
          ? sides
          : [{ value, label: value }, ...sides]
      }
      searchable
      comboboxProps={{ transitionProps: { duration: 0 } }}
    />
  );
  return (
    <>
      <PageHead title={say("differences")} side={<Link to="/policies">{say("back")}</Link>} />
      <div className="grid">
        <div className="third stack">
          {pick("before", before)}
          {pick("after", after)}
        </div>
        <div className="two-thirds">
          {after ? <Differences before={before} after={after} /> : <NothingChosen />}
        </div>
      </div>
    </>
  );
}

/** What a comparison is for, and how one comes to have something to compare. */
function NothingChosen() {
  const say = useWords(policiesWords);
  return (
    <section className="panel">
      <div className="empty">{say("compareEmpty")}</div>
    </section>
  );
}

/** All that differs between two policies, in plain words. */
export function Differences({ before, after }: { before: string; after: string }) {
  const say = useWords(policiesWords);
  const found = useDifferences(before, after);
  const nameOf = (side: string) => (side === "live" ? say("sideLive") : side.replace("draft:", ""));
  return (
    <Panel
      title={say("differences")}
      side={
        <span className="hint">
          {say("differencesBetween", { before: nameOf(before), after: nameOf(after) })}
        </span>
      }
      query={found}
      empty={({ items }) => items.length === 0 && say("differencesEmpty")}
    >
      {({ items }) => <DifferenceTable differences={items} />}
    </Panel>
  );
}

export function DifferenceTable({ differences }: { differences: readonly Difference[] }) {
  const say = useWords(policiesWords);
  const tell = useTelling();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section className="small-scroll" tabIndex={0} aria-label={say("what")}>
      <table className="small-table">
        <thead>
          <tr>
            <th>{say("what")}</th>
            <th>
              {say("before")} → {say("after")}
            </th>
          </tr>
        </thead>
        {[...grouped(differences)].map(([key, some]) => (
          <tbody key={key}>
            <tr>
              <th colSpan={2} scope="rowgroup">
                <b>{tell.group(key)}</b>
              </th>
            </tr>
            {some.map((one) => (
              <tr key={one.pointer}>
                <th scope="row">{tell.field(one.pointer)}</th>
                <td>
                  {tell.value(one.pointer, one.before)} →{" "}
                  <b>{tell.value(one.pointer, one.after)}</b>
                </td>
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </section>
  );
}

/** Names and values of a policy in plain words. */
export function useTelling() {
  const say = useWords(policiesWords);
  const saySetting = useWords(settingWords);
  const sayValue = useWords(valueWords);
  const sayKind = useWords(nodeKindWords);
  const format = useFormat();
  const { me } = useMe();
  const setting = (name: string) => saySetting(name as SettingName);
  const written = (name: string, value: unknown): string => {
    if (typeof value === "boolean") return sayValue(value ? "yes" : "no");
    if (typeof value !== "number") return sayValue(value as "never");
    const unit = unitOf(name);
    if (unit === "money") return format.money(value, me.currency);
    if (unit === "chance") return format.percent(value);
    const number = format.number(shown(value, unit));
    if (unit === "percent") return format.percent(value / 100);
    return unit === "plain" ? number : `${number}\u00a0${sayValue(unit)}`;
  };
  return {
    setting,
    written,
    group(key: string): string {
      const [list, id = ""] = key.split("/");
      if (list === "settings") return say("wholePolicy");
      if (list === "ranking") return say("ranking");
      return say(list === "overrides" ? "override" : "protection", { id });
    },
    field(pointer: string): string {
      const where = whereOf(pointer);
      const name = settingOf(where);
      if (name) return setting(name);
      return where.list === "ranking"
        ? sayValue(where.field as "margin")
        : fieldName(say, where.field);
    },
    value(pointer: string, value: unknown): string {
      if (value === null || value === undefined) return say("notThere");
      const where = whereOf(pointer);
      const name = settingOf(where);
      if (name) return written(name, value);
      if (where.field === "node_kind" && NODE_KINDS.includes(value as "store")) {
        return sayKind(value as "store");
      }
      if (/^\d{4}-\d\d-\d\d$/.test(String(value))) return format.day(String(value));
      return typeof value === "number" ? format.number(value) : String(value);
    },
  };
}

function fieldName(say: Say<(typeof policiesWords)["en"]>, field: string): string {
  if (field === "days") return say("daysOfSales");
  return say(field as "reason");
}
