import "@fontsource-variable/inter/index.css";
import "./ui/mantine.css";
import "./ui/noria.css";
import { setNonce } from "get-nonce";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { pageAt } from "./app/pages";
import { firstLanguage } from "./app/Shell";
import { startWords } from "./model/words";

const nonce = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? "";
setNonce(nonce);
const language = firstLanguage();
// The page is on its way while it is asked who is there; one that does not come is told of where it is shown.
pageAt(window.location.pathname.replace("/tower", ""))
  ?.load()
  .catch(() => undefined);
document.documentElement.lang = language;

startWords(language).then(() => {
  const root = document.getElementById("root");
  if (root) createRoot(root).render(<App nonce={nonce} />);
});
