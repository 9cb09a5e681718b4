import { Route } from "react-router";
import { PageRoutes } from "../../app/Missing";
import { useMe } from "../../app/me";
import { useLanguage, useWords } from "../../model/words";
import { PageHead } from "../../ui/parts";
import { Tabs } from "../../ui/Tabs";
import { Breaches } from "./Breaches";
import { CarrierList, OneCarrier } from "./Carriers";
import { OneFeed } from "./OneFeed";
import { OnePartner } from "./OnePartner";
import { Promises } from "./Promises";
import page from "./page";
import { Stores } from "./Stores";
import { Suppliers } from "./Suppliers";
import { partnersWords } from "./words";

export default function Partners() {
  const { can, canEverywhere } = useMe();
  return (
    <PageRoutes>
      <Route index element={<Tab of={<Suppliers />} />} />
      {canEverywhere("network.read") && (
        <Route path="carriers" element={<Tab of={<CarrierList />} />} />
      )}
      {can("network.read") && <Route path="carriers/:carrier" element={<OneCarrier />} />}
      {can("network.read") && <Route path="stores" element={<Tab of={<Stores />} />} />}
      {can("promise.read") && <Route path="promises" element={<Tab of={<Promises />} />} />}
      <Route path="breaches" element={<Tab of={<Breaches />} />} />
      <Route path="feeds/:feed" element={<OneFeed />} />
      <Route path="of/:partner" element={<OnePartner />} />
    </PageRoutes>
  );
}

function Tab({ of }: { of: React.ReactNode }) {
  const say = useWords(partnersWords);
  const title = page.title[useLanguage()];
  const { can, canEverywhere } = useMe();
  const tabs = [
    { to: "/partners", name: say("suppliers"), isExact: true, is: true },
    { to: "/partners/carriers", name: say("carriers"), is: canEverywhere("network.read") },
    { to: "/partners/stores", name: say("stores"), is: can("network.read") },
    { to: "/partners/promises", name: say("promises"), is: can("promise.read") },
    { to: "/partners/breaches", name: say("breaches"), is: true },
  ];
  return (
    <>
      <PageHead title={title} answer={say("answer")} />
      <Tabs label={say("tabs")} tabs={tabs.filter(({ is }) => is)} />
      {of}
    </>
  );
}
