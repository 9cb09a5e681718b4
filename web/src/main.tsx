import "@fontsource-variable/inter/index.css";
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./ui/noria.css";
import { setNonce } from "get-nonce";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { firstLanguage } from "./app/Shell";
import { startWords } from "./model/words";

const nonce = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? "";
setNonce(nonce);
const language = firstLanguage();
document.documentElement.lang = language;

startWords(language).then(() => {
  const root = document.getElementById("root");
  if (root) createRoot(root).render(<App nonce={nonce} />);
});
