import { Button, Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { Facts } from "../../ui/Facts";
import { Panel } from "../../ui/Panel";
import { Badge, PageHead } from "../../ui/parts";
import { goodsWords } from "./goodsWords";
import { EditSku } from "./SkuForm";
import { Customs, Rules, SoldWhere } from "./SkuParts";
import { networkWords } from "./words";

type Sku = Shapes["Sku"];

export function OneSku() {
  const { sku = "" } = useParams();
  const say = useWords(goodsWords);
  const sayNetwork = useWords(networkWords);
  const { can, canEverywhere } = useMe();
  const [isEditing, setEditing] = useState(false);
  const one = useQuery({
    queryKey: ["sku", sku],
    queryFn: () => asked(api.GET("/v1/skus/{sku}", { params: { path: { sku } } })),
  });
  const close = () => setEditing(false);
  return (
    <>
      <PageHead
        title={one.data ? `${sku} · ${one.data.name}` : sku}
        answer={one.data?.category}
        side={
          <>
            <Link to="/network/skus">{sayNetwork("back")}</Link>
            {can("stock.read") && can("promise.read") && (
              <Link to={`/stock/${sku}`}>{say("stock")}</Link>
            )}
            {canEverywhere("catalog.write") && one.data && (
              <Button onClick={() => setEditing(true)}>{sayNetwork("edit")}</Button>
            )}
          </>
        }
      />
      <div className="grid">
        <div className="third stack">
          <Panel title={say("what")} query={one} lines={6}>
            {(found) => <What sku={found} />}
          </Panel>
          <Panel
            title={say("barcodes")}
            query={one}
            empty={({ barcodes }) => barcodes.length === 0 && say("barcodesEmpty")}
          >
            {(found) => <Barcodes sku={found} />}
          </Panel>
        </div>
        <div className="third stack">
          <Panel title={say("sizes")} query={one} lines={6}>
            {(found) => <Sizes sku={found} />}
          </Panel>
          <Customs sku={sku} />
        </div>
        <div className="third stack">
          <SoldWhere sku={sku} />
          {can("promise.read") && <Rules sku={sku} />}
        </div>
      </div>
      <Modal
        opened={isEditing}
        onClose={close}
        title={sku}
        size="lg"
        transitionProps={{ duration: 0 }}
      >
        <EditSku code={sku} done={close} />
      </Modal>
    </>
  );
}

function What({ sku }: { sku: Sku }) {
  const say = useWords(goodsWords);
  const format = useFormat();
  const flags = (["is_hazardous", "is_bulky", "is_digital"] as const).filter((name) => sku[name]);
  return (
    <>
      <Facts
        facts={[
          [say("price_cents"), format.money(sku.price_cents, sku.currency)],
          [say("cost_cents"), sku.cost_cents ? format.money(sku.cost_cents, sku.currency) : "—"],
          [say("is_sold"), sku.is_sold ? "✓" : say("notSold")],
          [say("tracking"), say(sku.tracking)],
          ...(sku.tracking === "lot"
            ? ([[say("minimum_days"), format.number(sku.minimum_days)]] as const)
            : []),
          ...(sku.withdrawal_bar === "none"
            ? []
            : ([[say("withdrawal_bar"), say(sku.withdrawal_bar)]] as const)),
        ]}
      />
      {flags.map((name) => (
        <Badge key={name} meaning="soon">
          {say(name)}
        </Badge>
      ))}
    </>
  );
}

function Sizes({ sku }: { sku: Sku }) {
  const say = useWords(goodsWords);
  const format = useFormat();
  const known = (value: number) => (value > 0 ? format.number(value) : say("unknownSize"));
  return (
    <Facts
      facts={[
        ...(["weight_g", "volume_cm3", "length_mm", "width_mm", "height_mm"] as const).map(
          (name) => [say(name), known(sku[name])] as const,
        ),
        ...(["keeps_upright", "ships_as_is"] as const)
          .filter((name) => sku[name])
          .map((name) => [say(name), "✓"] as const),
      ]}
    />
  );
}

function Barcodes({ sku }: { sku: Sku }) {
  const say = useWords(goodsWords);
  const format = useFormat();
  return (
    <Facts
      facts={sku.barcodes.map((one) => [
        one.gtin,
        one.units === 1 ? say("unit") : say("pack", { units: format.number(one.units) }),
      ])}
    />
  );
}
