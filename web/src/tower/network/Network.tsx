import { Route } from "react-router";
import { PageRoutes } from "../../app/Missing";
import { useMe } from "../../app/me";
import { useWords } from "../../model/words";
import { Tabs } from "../../ui/Tabs";
import { Channels } from "./Channels";
import { Files } from "./Files";
import { Nodes } from "./Nodes";
import { OneNode } from "./OneNode";
import { OneSku } from "./OneSku";
import { Skus } from "./Skus";
import { Ways } from "./Ways";
import { networkWords } from "./words";

export default function Network() {
  const say = useWords(networkWords);
  const { can } = useMe();
  const tabs = [
    { to: "/network", name: say("nodes"), isShown: true, isExact: true },
    { to: "/network/ways", name: say("ways"), isShown: true },
    { to: "/network/skus", name: say("skus"), isShown: can("catalog.read") },
    { to: "/network/channels", name: say("channels"), isShown: can("catalog.read") },
    {
      to: "/network/files",
      name: say("files"),
      isShown: can("files.import") || can("files.export"),
    },
  ].filter(({ isShown }) => isShown);
  return (
    <>
      <Tabs label={say("parts")} tabs={tabs} />
      <PageRoutes>
        <Route index element={<Nodes />} />
        <Route path="nodes/:node" element={<OneNode />} />
        <Route path="ways/*" element={<Ways />} />
        <Route path="skus" element={<Skus />} />
        <Route path="skus/:sku" element={<OneSku />} />
        <Route path="channels" element={<Channels />} />
        <Route path="files" element={<Files />} />
      </PageRoutes>
    </>
  );
}
