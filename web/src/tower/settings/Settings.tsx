import { Navigate, Route } from "react-router";
import { PageRoutes } from "../../app/Missing";
import { useMe } from "../../app/me";
import { useWords } from "../../model/words";
import { Tabs } from "../../ui/Tabs";
import { About } from "./About";
import { Jobs } from "./Jobs";
import { Keys } from "./Keys";
import { Messages } from "./Messages";
import { OneWebhook } from "./OneWebhook";
import { People } from "./People";
import { Roles } from "./Roles";
import { Trail } from "./Trail";
import { Webhooks } from "./Webhooks";
import { settingsWords } from "./words";

export default function Settings() {
  const say = useWords(settingsWords);
  const { can, canEverywhere } = useMe();
  const parts = [
    { path: "people", page: <People />, isShown: can("people.read") },
    { path: "roles", page: <Roles />, isShown: can("people.read") },
    { path: "keys", page: <Keys />, isShown: can("keys.write") },
    { path: "webhooks", page: <Webhooks />, isShown: can("events.read") },
    { path: "messages", page: <Messages />, isShown: can("orders.read") },
    { path: "trail", page: <Trail />, isShown: canEverywhere("audit.read") },
    { path: "jobs", page: <Jobs />, isShown: can("jobs.read") },
    { path: "about", page: <About />, isShown: can("jobs.read") },
  ] as const;
  const shown = parts.filter(({ isShown }) => isShown);
  return (
    <>
      <Tabs
        label={say("parts")}
        tabs={shown.map(({ path }) => ({ to: `/settings/${path}`, name: say(path) }))}
      />
      <PageRoutes>
        <Route index element={<Navigate to={`/settings/${shown[0]?.path}`} replace />} />
        {shown.map(({ path, page }) => (
          <Route key={path} path={path} element={page} />
        ))}
        {can("events.read") && <Route path="webhooks/:webhook" element={<OneWebhook />} />}
      </PageRoutes>
    </>
  );
}
