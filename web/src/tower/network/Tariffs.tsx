import { Button, Modal } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { Facts } from "../../ui/Facts";
import { usePages } from "../../ui/pages";
import { useServiceName } from "../../ui/serviceNames";
import { type Column, Table } from "../../ui/Table";
import { wayWords } from "./wayWords";

type Tariff = Shapes["Tariff"];
type Zoning = Shapes["Zoning"];

function ImportLink({ kind }: { kind: string }) {
  const say = useWords(wayWords);
  const { canEverywhere } = useMe();
  if (!canEverywhere("files.import") || !canEverywhere("network.write")) return null;
  return <Link to={`/network/files?kind=${kind}`}>{say("import")}</Link>;
}

/** Prices of services, from a day on. */
export function Tariffs() {
  const say = useWords(wayWords);
  const format = useFormat();
  const nameOf = useServiceName();
  const [shown, show] = useState<Tariff | null>(null);
  const pages = usePages(["tariffs"], (cursor) =>
    asked(api.GET("/v1/tariffs", { params: { query: { cursor, limit: 20 } } })),
  );
  const columns: Column<Tariff>[] = [
    {
      key: "tariff",
      head: say("tariff"),
      cell: (row) => (
        <Button size="compact-sm" variant="subtle" onClick={() => show(row)}>
          {row.code}
        </Button>
      ),
    },
    { key: "service", head: say("service"), cell: (row) => nameOf(row.service) },
    { key: "from", head: say("validFrom"), cell: (row) => format.date(row.valid_from) },
    {
      key: "until",
      head: say("validUntil"),
      cell: (row) => (row.valid_until ? format.date(row.valid_until) : say("noEnd")),
    },
    {
      key: "prices",
      head: say("prices"),
      isNumber: true,
      cell: (row) => format.number(row.prices.length),
    },
  ];
  return (
    <section className="panel">
      <header className="panel-head">
        <h2>{say("tariffs")}</h2>
        <ImportLink kind="tariffs" />
      </header>
      <p className="hint">{say("tariffsHint")}</p>
      <Table
        label={say("tariffs")}
        columns={columns}
        pages={pages}
        rowKey={(row) => row.code}
        empty={say("tariffsEmpty")}
      />
      <Modal
        opened={shown !== null}
        onClose={() => show(null)}
        title={shown?.code}
        size="xl"
        transitionProps={{ duration: 0 }}
      >
        {shown && <OneTariff tariff={shown} />}
      </Modal>
    </section>
  );
}

function OneTariff({ tariff }: { tariff: Tariff }) {
  const say = useWords(wayWords);
  const nameOf = useServiceName();
  const format = useFormat();
  const { me } = useMe();
  const hasVolumes = tariff.prices.some((one) => one.max_volume_cm3 !== null);
  const days = new Map(tariff.zones.map((zone) => [zone.zone, zone.transit_days]));
  return (
    <div className="stack">
      <Facts
        facts={[
          [say("service"), nameOf(tariff.service)],
          [say("zoning"), <code key="zoning">{tariff.zoning}</code>],
          [say("validFrom"), format.date(tariff.valid_from)],
          [say("validUntil"), tariff.valid_until ? format.date(tariff.valid_until) : say("noEnd")],
          [
            say("divisor"),
            tariff.volume_divisor ? format.number(tariff.volume_divisor) : say("divisorNone"),
          ],
        ]}
      />
      <h3>{say("prices")}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <section className="small-scroll is-long" tabIndex={0} aria-label={say("prices")}>
        <table className="small-table">
          <thead>
            <tr>
              <th scope="col">{say("zone")}</th>
              <th scope="col" className="number">
                {say("transit_days")}
              </th>
              <th scope="col" className="number">
                {say("weight")}
              </th>
              {hasVolumes && (
                <th scope="col" className="number">
                  {say("volume")}
                </th>
              )}
              <th scope="col" className="number">
                {say("price")}
              </th>
            </tr>
          </thead>
          <tbody>
            {tariff.prices.map((one) => (
              <tr key={`${one.zone} ${one.max_weight_g} ${one.max_volume_cm3}`}>
                <th scope="row">{one.zone}</th>
                <td className="number">{format.number(days.get(one.zone))}</td>
                <td className="number">{format.number(one.max_weight_g)}</td>
                {hasVolumes && (
                  <td className="number">
                    {one.max_volume_cm3 === null
                      ? say("anyVolume")
                      : format.number(one.max_volume_cm3)}
                  </td>
                )}
                <td className="number">{format.money(one.cents, me.currency)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <h3>{say("surcharges")}</h3>
      {tariff.surcharges.length === 0 ? (
        <p className="hint">{say("noSurcharges")}</p>
      ) : (
        <Facts
          facts={tariff.surcharges.map((one) => [
            one.code,
            `${say(one.applies)}, ${one.zone ?? say("everyZone")} · ${
              one.basis_points
                ? format.percent(one.basis_points / 10_000)
                : format.money(one.cents, me.currency)
            }`,
          ])}
        />
      )}
    </div>
  );
}

/** Carriers' maps of postcodes. */
export function Zonings() {
  const say = useWords(wayWords);
  const format = useFormat();
  const [shown, show] = useState<Zoning | null>(null);
  const pages = usePages(["zonings"], (cursor) =>
    asked(api.GET("/v1/zonings", { params: { query: { cursor, limit: 20 } } })),
  );
  const columns: Column<Zoning>[] = [
    {
      key: "zoning",
      head: say("zoning"),
      cell: (row) => (
        <Button size="compact-sm" variant="subtle" onClick={() => show(row)}>
          {row.code}
        </Button>
      ),
    },
    { key: "name", head: say("name"), cell: (row) => row.name },
    {
      key: "areas",
      head: say("area"),
      isNumber: true,
      cell: (row) => format.number(row.areas.length),
    },
  ];
  return (
    <section className="panel">
      <header className="panel-head">
        <h2>{say("zonings")}</h2>
        <ImportLink kind="zonings" />
      </header>
      <Table
        label={say("zonings")}
        columns={columns}
        pages={pages}
        rowKey={(row) => row.code}
        empty={say("zoningsEmpty")}
      />
      <Modal
        opened={shown !== null}
        onClose={() => show(null)}
        title={shown && `${shown.code} · ${shown.name}`}
        size="lg"
        transitionProps={{ duration: 0 }}
      >
        {shown && <Areas zoning={shown} />}
      </Modal>
    </section>
  );
}

const AREAS_SHOWN = 500;

function Areas({ zoning }: { zoning: Zoning }) {
  const say = useWords(wayWords);
  const format = useFormat();
  return (
    <>
      <p className="hint">
        {say("areas", { count: zoning.areas.length, areas: format.number(zoning.areas.length) })}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <section className="small-scroll is-long" tabIndex={0} aria-label={say("zoning")}>
        <table className="small-table">
          <thead>
            <tr>
              <th scope="col">{say("zone")}</th>
              <th scope="col">{say("country")}</th>
              <th scope="col">{say("prefix")}</th>
              <th scope="col" className="number">
                {say("max_km")}
              </th>
            </tr>
          </thead>
          <tbody>
            {zoning.areas.slice(0, AREAS_SHOWN).map((one) => (
              <tr key={`${one.zone} ${one.country} ${one.prefix} ${one.max_km}`}>
                <th scope="row">{one.zone}</th>
                <td>{one.country ?? say("everywhere")}</td>
                <td>{one.prefix || say("all")}</td>
                <td className="number">{format.number(one.max_km)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
