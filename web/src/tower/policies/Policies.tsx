import { Route } from "react-router";
import { PageRoutes } from "../../app/Missing";
import { Compare } from "./Differences";
import { OneDraft } from "./OneDraft";
import { OneVersion } from "./OneVersion";
import { Overview } from "./Overview";
import { OneTrial } from "./Trial";

export default function Policies() {
  return (
    <PageRoutes>
      <Route index element={<Overview />} />
      <Route path="versions/:version" element={<OneVersion />} />
      <Route path="drafts/:draft" element={<OneDraft />} />
      <Route path="compare" element={<Compare />} />
      <Route path="trials/:job" element={<OneTrial />} />
    </PageRoutes>
  );
}
